#include "wire.h"
#include "abi.h"
#include "text.h"
#include "world.h"

enum { HEADER = 32, PATIENCE_S = 1 };
enum { TIMED_OUT = -1, ENDED = 0, FILLED = 1 };

static u32 crc_table[8][256];
static u8 buffer[FRAME_MAX] __attribute__((aligned(16)));
static u32 have;     /* bytes in the buffer; a frame always starts at its beginning */
static u32 consumed; /* bytes of the frame that was handed out last */
static s32 output = FD_OUT;
static int skipping; /* inside of garbage that was already reported */

static void crc_prepare(void)
{
	for (u32 i = 0; i < 256; i++) {
		u32 c = i;
		for (int k = 0; k < 8; k++)
			c = c & 1 ? 0xedb88320 ^ c >> 1 : c >> 1;
		crc_table[0][i] = c;
	}
	for (int t = 1; t < 8; t++)
		for (u32 i = 0; i < 256; i++)
			crc_table[t][i] = crc_table[0][crc_table[t - 1][i] & 255] ^ crc_table[t - 1][i] >> 8;
}

/* Eight bytes a turn: the answers of a busy second are several hundred megabytes. */
static u32 crc32(const u8 *p, u32 n)
{
	u32 c = ~0u;

	for (; n >= 8; n -= 8, p += 8) {
		u32 low, high;
		__builtin_memcpy(&low, p, 4);
		__builtin_memcpy(&high, p + 4, 4);
		low ^= c;
		c = crc_table[7][low & 255] ^ crc_table[6][low >> 8 & 255] ^ crc_table[5][low >> 16 & 255] ^
		    crc_table[4][low >> 24] ^ crc_table[3][high & 255] ^ crc_table[2][high >> 8 & 255] ^
		    crc_table[1][high >> 16 & 255] ^ crc_table[0][high >> 24];
	}
	while (n--)
		c = crc_table[0][(c ^ *p++) & 255] ^ c >> 8;
	return ~c;
}

static void transport_write(const void *from, u32 n)
{
	const u8 *p = from;

	while (n) {
		s64 put = sys3(NR_write, output, p, n);
		if (put == -E_INTR || put == -E_AGAIN)
			continue;
		if (put < 0)
			sys1(NR_exit_group, 1); /* nobody listens any more */
		p += put;
		n -= (u32)put;
	}
}

/* Waits until n bytes are there. An impatient wait ends when nothing more has come for a second. */
static int fill(u32 n, int patient)
{
	while (have < n) {
		struct pollfd p = { FD_IN, POLLIN, 0 };
		struct timespec limit = { PATIENCE_S, 0 };
		s64 got;

		if (!patient && sys5(NR_ppoll, &p, 1, &limit, 0, 8) == 0)
			return TIMED_OUT;
		got = sys3(NR_read, FD_IN, buffer + have, FRAME_MAX - have);
		if (got == -E_INTR || got == -E_AGAIN)
			continue;
		if (got <= 0)
			return ENDED;
		have += (u32)got;
	}
	return FILLED;
}

static void drop(u32 n)
{
	have -= n;
	memmove(buffer, buffer + n, have);
}

static u32 word(int i)
{
	u32 w;
	__builtin_memcpy(&w, buffer + 4 * i, 4);
	return w;
}

/* Drops bytes up to the next place where a header may start. */
static void resynchronise(void)
{
	u32 magic = WIRE_MAGIC, at = 1;

	while (at + 4 <= have && memcmp(buffer + at, &magic, 4))
		at++;
	drop(at < have ? at : have);
}

static int bad(const char **why, const char *what)
{
	int quiet = skipping;

	resynchronise();
	skipping = 1;
	*why = what;
	return quiet ? 2 : -1;
}

static int next(struct frame *f, const char **why)
{
	f->batch = 0;
	if (fill(1, 1) != FILLED)
		return 0;
	if (fill(HEADER, 0) != FILLED) {
		int quiet = skipping;
		have = 0;
		skipping = 0;
		*why = "batch truncated in its header";
		return quiet ? 2 : -1;
	}
	if (word(0) != WIRE_MAGIC || word(7) != crc32(buffer, HEADER - 4))
		return bad(why, "batch garbled: no valid header");
	skipping = 0;
	f->batch = word(3);
	f->length = word(4);
	if (word(1) != WIRE_VERSION)
		return bad(why, "batch of another version of the protocol");
	if (word(2) != FRAME_BATCH)
		return bad(why, "frame of an unknown kind");
	if (f->length > FRAME_MAX - HEADER)
		return bad(why, "batch larger than 1 MiB");
	if (fill(HEADER + f->length, 0) != FILLED)
		return bad(why, "batch truncated");
	if (word(5) != crc32(buffer + HEADER, f->length))
		return bad(why, "batch garbled: checksum differs");
	f->payload = buffer + HEADER;
	consumed = HEADER + f->length;
	return 1;
}

int wire_next(struct frame *f, const char **why)
{
	int got;

	drop(consumed);
	consumed = 0;
	do
		got = next(f, why);
	while (got == 2);
	return got;
}

void wire_send(enum frame_kind kind, u32 batch, u32 flags, const void *payload, u32 length)
{
	u32 header[8] = { WIRE_MAGIC, WIRE_VERSION, kind, batch, length, crc32(payload, length), flags, 0 };

	header[7] = crc32((const u8 *)header, HEADER - 4);
	transport_write(header, HEADER);
	transport_write(payload, length);
}

void wire_error(u32 batch, const char *text)
{
	wire_send(FRAME_ERROR, batch, FRAME_LAST, text, (u32)text_length(text));
}

int wire_open(void)
{
	struct rlimit files;

	crc_prepare();
	sys4(NR_prlimit64, 0, RLIMIT_NOFILE, 0, &files);
	if (files.cur < 1024) {
		files.cur = files.max < 1024 ? files.max : 1024;
		sys4(NR_prlimit64, 0, RLIMIT_NOFILE, &files, 0);
	}
	sys3(NR_dup3, 0, FD_IN, O_CLOEXEC);
	if (sys3(NR_dup3, 1, FD_OUT, O_CLOEXEC) == FD_OUT)
		return 1;
	output = 1;
	return 0;
}
