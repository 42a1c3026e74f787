/*
 * Runs one command with its output thrown away, and prints what it cost, measured around the process alone:
 *
 *   measure COMMAND [ARGUMENT...]
 *   status=0 wall_ns=... user_us=... system_us=... peak_kib=...
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now_ns(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1e9 + time.tv_nsec;
}

int main(int argc, char **argv)
{
	struct rusage usage;
	double begin;
	int status, null;
	pid_t pid;

	if (argc < 2)
		return 2;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	begin = now_ns();
	pid = vfork();
	if (pid == 0) {
		dup2(null, 0);
		dup2(null, 1);
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid)
		return 1;
	printf("status=%d wall_ns=%.0f user_us=%ld system_us=%ld peak_kib=%ld\n",
		WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), now_ns() - begin,
		usage.ru_utime.tv_sec * 1000000L + usage.ru_utime.tv_usec,
		usage.ru_stime.tv_sec * 1000000L + usage.ru_stime.tv_usec, usage.ru_maxrss);
	return 0;
}
