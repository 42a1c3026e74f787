/*
 * A consumer daemon as a relay daemon sees it: one session, so many streams, packets in turn, each with its index entry,
 * whose reply is waited for, as the original consumer does. Ends when the relay says that nothing is pending.
 *
 *   relay-producer CONTROL-PORT DATA-PORT STREAMS PACKET-BYTES PACKETS
 *   bytes=... elapsed_ns=...
 */
#include <arpa/inet.h>
#include <endian.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { CREATE_SESSION = 2, ADD_STREAM = 1, VERSION = 5, CLOSE_STREAM = 7, DATA_PENDING = 8, SEND_INDEX = 13, STREAMS_SENT = 16, CREATE_CHUNK = 19 };

static int control;

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static double now_ns(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1e9 + time.tv_nsec;
}

static int connect_to(int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *) &address, sizeof address) < 0)
		fail("connect");
	return fd;
}

static void send_all(int fd, struct iovec *parts, int count)
{
	while (count > 0) {
		ssize_t sent = writev(fd, parts, count);
		if (sent < 0)
			fail("writev");
		while (count > 0 && (size_t) sent >= parts->iov_len) {
			sent -= parts->iov_len;
			parts++;
			count--;
		}
		if (count > 0) {
			parts->iov_base = (char *) parts->iov_base + sent;
			parts->iov_len -= sent;
		}
	}
}

static void receive(void *into, size_t length)
{
	for (size_t done = 0; done < length;) {
		ssize_t got = recv(control, (char *) into + done, length - done, 0);
		if (got <= 0)
			fail("recv");
		done += got;
	}
}

static uint8_t message[8192];
static size_t length;

static void begin(uint32_t command)
{
	memset(message, 0, 24);
	command = htobe32(command);
	memcpy(message + 16, &command, 4);
	length = 24;
}
static void put32(uint32_t value) { value = htobe32(value); memcpy(message + length, &value, 4); length += 4; }
static void put64(uint64_t value) { value = htobe64(value); memcpy(message + length, &value, 8); length += 8; }
static void put8(uint8_t value) { message[length++] = value; }
static void put_text(const char *text) { strcpy((char *) message + length, text); length += strlen(text) + 1; }
static void finish(void *reply, size_t reply_length)
{
	uint64_t size = htobe64(length - 24);
	struct iovec part = {message, length};
	memcpy(message + 8, &size, 8);
	send_all(control, &part, 1);
	receive(reply, reply_length);
}
static uint32_t finish_code(void)
{
	uint32_t code;
	finish(&code, 4);
	return be32toh(code);
}

int main(int argc, char **argv)
{
	if (argc < 6)
		return 2;
	control = connect_to(atoi(argv[1]));
	int data = connect_to(atoi(argv[2])), streams = atoi(argv[3]);
	uint32_t packet_bytes = atoi(argv[4]);
	long packets = atol(argv[5]);
	uint8_t reply[64], *content = malloc(packet_bytes);
	uint64_t *ids = calloc(streams, 8), *counts = calloc(streams, 8);
	const int on = 1;

	setsockopt(control, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	for (uint32_t i = 0; i < packet_bytes; i++)
		content[i] = i * 2654435761u >> 24;

	begin(VERSION), put32(2), put32(13), finish(reply, 8);
	char name[64];
	snprintf(name, sizeof name, "bench-%d", (int) getpid());
	begin(CREATE_SESSION), put32(strlen(name) + 1), put32(5), put32(1), put32(0), put8(0), put8(0);
	for (int i = 0; i < 16; i++)
		put8(i + 1);
	put64(getpid()), put64(time(NULL)), put8(0), put64(0), put_text(name), put_text("host"), put_text("");
	finish(reply, 16);
	uint32_t path_length;
	memcpy(&path_length, reply + 12, 4);
	char path[4096];
	receive(path, be32toh(path_length));
	begin(CREATE_CHUNK), put64(0), put64(time(NULL)), put32(0), finish_code();
	for (int i = 0; i < streams; i++) {
		char channel[32];
		snprintf(channel, sizeof channel, "c_%d", i);
		begin(ADD_STREAM), put32(strlen(channel) + 1), put32(sizeof "ust/uid/0/64-bit"), put64(0), put64(0), put64(0);
		put_text(channel), put_text("ust/uid/0/64-bit"), finish(reply, 12);
		memcpy(&ids[i], reply, 8);
		ids[i] = be64toh(ids[i]);
	}
	begin(STREAMS_SENT), finish_code();

	double start = now_ns();
	for (long n = 0; n < packets; n++) {
		int i = n % streams;
		struct { uint64_t circuit, stream, number; uint32_t size, padding; } __attribute__((packed)) header = {
			0, htobe64(ids[i]), htobe64(counts[i]), htobe32(packet_bytes), 0};
		struct iovec parts[] = {{&header, sizeof header}, {content, packet_bytes}};
		send_all(data, parts, 2);
		begin(SEND_INDEX), put64(ids[i]), put64(counts[i]), put64(packet_bytes * 8ull), put64(packet_bytes * 8ull);
		put64(n * 100), put64(n * 100 + 99), put64(0), put64(0), put64(0), put64(counts[i]);
		if (finish_code() != 10) {
			fprintf(stderr, "index refused\n");
			return 1;
		}
		counts[i]++;
	}
	for (int i = 0; i < streams; i++) {
		if (counts[i] == 0)
			continue;
		for (;;) {
			begin(DATA_PENDING), put64(ids[i]), put64(counts[i] - 1);
			if (finish_code() == 0)
				break;
			usleep(200);
		}
	}
	double elapsed = now_ns() - start;
	for (int i = 0; i < streams; i++)
		begin(CLOSE_STREAM), put64(ids[i]), put64(counts[i] - 1), finish_code();
	printf("bytes=%llu elapsed_ns=%.0f path=%s\n", (unsigned long long) packets * packet_bytes, elapsed, path);
	return 0;
}
