/*
 * The traced program of the case files. `app COUNT` records COUNT rounds of events and ends; `app --urgent
 * COUNT` gives nobody the processor meanwhile, so that no consumer keeps pace with it; `app --wait [COUNT]`
 * says a word when it is registered, and ends when its standard input closes.
 */
#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "app-provider.h"
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int waits = argc > 1 && strcmp(argv[1], "--wait") == 0;
    int is_urgent = argc > 1 && strcmp(argv[1], "--urgent") == 0;
    int words = 1 + waits + is_urgent;
    int count = argc > words ? atoi(argv[words]) : 0;
    struct sched_param priority = { .sched_priority = 1 };

    /* The scheduler runs a reader that a packet woke up before the writer, which then loses nothing. */
    if (is_urgent && sched_setscheduler(0, SCHED_FIFO, &priority) != 0)
        perror("app: sched_setscheduler");

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
