/*
 * The traced program of the case files. `app COUNT` records COUNT rounds of events and ends; `app --wait
 * [COUNT]` says a word when it is registered, and ends when its standard input closes.
 */
#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "app-provider.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int waits = argc > 1 && strcmp(argv[1], "--wait") == 0;
    int count = argc > 1 + waits ? atoi(argv[1 + waits]) : 0;

    for (int i = 0; i < count; i++) {
        lttng_ust_tracepoint(app, fields, i, "text");
        lttng_ust_tracepoint(app, plain, i);
        lttng_ust_tracepoint(app, empty);
    }
    if (waits) {
        char byte;

        puts("ready");
        fflush(stdout);
        while (read(0, &byte, 1) > 0)
            ;
    }
    return 0;
}
