/* Memory and text without a C library. The compiler itself calls memcpy, memset and memcmp. */
#ifndef TEXT_H
#define TEXT_H

#include "arch.h"

void *memcpy(void *to, const void *from, u64 n);
void *memmove(void *to, const void *from, u64 n);
void *memset(void *to, int byte, u64 n);
int memcmp(const void *a, const void *b, u64 n);
u64 text_length(const char *s);
int text_equal(const char *a, const char *b);

/* A line of text under construction; what does not fit is cut off. */
struct text { char *at, *end; };
void text_add(struct text *t, const char *s);
void text_number(struct text *t, u64 n);

u64 parse_decimal(const char **s, const char *end);
u64 parse_hex(const char **s, const char *end);
/* The number that follows `key` in a text of lines `key number`; `otherwise` where there is none. */
u64 find_number(const char *text, const char *end, const char *key, u64 otherwise);

/* Reads up to n - 1 bytes of a small file and ends them with 0; returns the length, or -errno. */
s64 read_file(const char *path, char *buffer, u64 n);

#endif
