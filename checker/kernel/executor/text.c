#include "text.h"
#include "abi.h"

void *memcpy(void *to, const void *from, u64 n)
{
	return memmove(to, from, n);
}

/* Words first: answers are copied with this. The barrier keeps the compiler from making it a call to itself. */
void *memmove(void *to, const void *from, u64 n)
{
	char *d = to;
	const char *s = from;

	if (d < s || d >= s + n) {
		for (; n >= 8; n -= 8, d += 8, s += 8) {
			u64 word;
			__builtin_memcpy(&word, s, 8);
			__builtin_memcpy(d, &word, 8);
			__asm__ volatile("" ::: "memory");
		}
		while (n--) {
			*d++ = *s++;
			__asm__ volatile("" ::: "memory");
		}
	} else {
		while (n--) {
			d[n] = s[n];
			__asm__ volatile("" ::: "memory");
		}
	}
	return to;
}

void *memset(void *to, int byte, u64 n)
{
	char *d = to;

	while (n--) {
		*d++ = (char)byte;
		__asm__ volatile("" ::: "memory");
	}
	return to;
}

int memcmp(const void *a, const void *b, u64 n)
{
	const u8 *x = a, *y = b;

	for (; n; n--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

u64 text_length(const char *s)
{
	u64 n = 0;

	while (s[n])
		n++;
	return n;
}

int text_equal(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

void text_add(struct text *t, const char *s)
{
	while (*s && t->at < t->end)
		*t->at++ = *s++;
}

void text_number(struct text *t, u64 n)
{
	char digits[21];
	int i = 20;

	digits[20] = 0;
	do
		digits[--i] = (char)('0' + n % 10);
	while (n /= 10);
	text_add(t, digits + i);
}

u64 parse_decimal(const char **s, const char *end)
{
	u64 n = 0;

	while (*s < end && **s >= '0' && **s <= '9')
		n = n * 10 + (u64)(*(*s)++ - '0');
	return n;
}

u64 parse_hex(const char **s, const char *end)
{
	u64 n = 0;

	for (; *s < end; (*s)++) {
		char c = **s;
		if (c >= '0' && c <= '9')
			n = n << 4 | (u64)(c - '0');
		else if (c >= 'a' && c <= 'f')
			n = n << 4 | (u64)(c - 'a' + 10);
		else
			break;
	}
	return n;
}

u64 find_number(const char *text, const char *end, const char *key, u64 otherwise)
{
	u64 length = text_length(key);

	for (const char *s = text; s + length < end;) {
		if (!memcmp(s, key, length)) {
			s += length;
			while (s < end && (*s == ' ' || *s == '\t'))
				s++;
			return parse_decimal(&s, end);
		}
		while (s < end && *s++ != '\n')
			;
	}
	return otherwise;
}

s64 read_file(const char *path, char *buffer, u64 n)
{
	s64 fd = sys4(NR_openat, AT_FDCWD, path, O_CLOEXEC, 0);
	u64 have = 0;

	if (fd < 0)
		return fd;
	while (have < n - 1) {
		s64 got = sys3(NR_read, fd, buffer + have, n - 1 - have);
		if (got <= 0)
			break;
		have += (u64)got;
	}
	sys1(NR_close, fd);
	buffer[have] = 0;
	return (s64)have;
}
