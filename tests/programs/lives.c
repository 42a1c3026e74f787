/*
 * The lives of a traced program that its tests need, beside what sample.c does.
 *
 *   lives fork COUNT          COUNT ticks in the parent (writer 1), then in a forked child (writer 2), then in the parent
 *                             (writer 3) when the child has ended
 *   lives exec PROGRAM ...    one tick (writer 1), then the process becomes PROGRAM
 *   lives dlopen LIBRARY      waits for a line, loads LIBRARY and calls its `work`; waits for a line, unloads it; and so
 *                             on for each two lines
 *   lives threads COUNT       COUNT ticks in each of four threads
 *   lives many COUNT          COUNT ticks by each of ten processes that this one starts
 *   lives kill COUNT          COUNT ticks, then SIGKILL
 *
 * Prints "ready" first and "done" after each piece of work. Its tracepoint is sample:tick.
 */
#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "sample-provider.h"

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static long count;

static void ticks(int writer)
{
	for (long i = 0; i < count; i++)
		lttng_ust_tracepoint(sample, tick, writer, i, "tock");
}

static int fork_and_tick(void)
{
	int status = 0;

	ticks(1);
	pid_t child = fork();
	if (child == 0) {
		ticks(2);
		_exit(0);
	}
	waitpid(child, &status, 0);
	ticks(3);
	return status;
}

static void load(const char *library)
{
	char line[16];

	while (fgets(line, sizeof(line), stdin) != NULL) {
		void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
		if (handle == NULL) {
			fprintf(stderr, "%s\n", dlerror());
			exit(1);
		}
		void (*work)(void) = (void (*)(void)) dlsym(handle, "work");
		work();
		printf("done loaded\n");
		if (fgets(line, sizeof(line), stdin) == NULL)
			return;
		dlclose(handle);
		printf("done unloaded\n");
	}
}

static void *thread(void *writer)
{
	ticks((int) (intptr_t) writer);
	return NULL;
}

static void tick_in_threads(void)
{
	pthread_t threads[4];

	for (intptr_t i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, thread, (void *) i);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
}

static void tick_in_processes(const char *program, const char *words)
{
	for (int i = 0; i < 10; i++)
		if (fork() == 0) {
			/* A new program: it registers for itself. */
			execl(program, program, "threads", words, NULL);
			_exit(127);
		}
	while (wait(NULL) > 0)
		;
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("ready\n");
	if (argc < 3)
		return 2;
	count = atol(argv[2]);
	if (strcmp(argv[1], "fork") == 0)
		fork_and_tick();
	else if (strcmp(argv[1], "exec") == 0) {
		count = 1;
		ticks(1);
		execv(argv[2], argv + 2);
		return 127;
	} else if (strcmp(argv[1], "dlopen") == 0)
		load(argv[2]);
	else if (strcmp(argv[1], "threads") == 0)
		tick_in_threads();
	else if (strcmp(argv[1], "many") == 0)
		tick_in_processes(argv[0], argv[2]);
	else if (strcmp(argv[1], "kill") == 0) {
		ticks(1);
		raise(SIGKILL);
	} else
		return 2;
	printf("done\n");
	return 0;
}
