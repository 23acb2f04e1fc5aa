/* The form of batches. Everything is checked before the first program runs; workers then trust it. */
#include "worker.h"
#include "world.h"

static const u8 operand_counts[CALL_COUNT] = {
	[CALL_mremap] = 5, [CALL_mmap] = 6, [CALL_munmap] = 2, [CALL_mprotect] = 3, [CALL_mlock] = 2, [CALL_mlock2] = 3,
	[CALL_munlock] = 2, [CALL_mlockall] = 1, [CALL_munlockall] = 0, [CALL_madvise] = 3, [CALL_mseal] = 3,
	[CALL_userfaultfd] = 1, [CALL_uffdio_api] = 2, [CALL_uffdio_register] = 4, [CALL_uffdio_unregister] = 3,
	[CALL_memfd_create] = 1, [CALL_openat] = 2, [CALL_ftruncate] = 2, [CALL_close] = 1, [CALL_setrlimit] = 3,
	[CALL_load] = 1, [CALL_store] = 2, [CALL_fill_mappings] = 1, [CALL_drop_capability] = 1,
};

static int line_valid(const u8 *at, u32 left, u32 number)
{
	const struct line *l = (const void *)at;
	const struct operand *o = (const void *)(at + sizeof(*l));

	if (left < sizeof(*l))
		return 0;
	u32 name = l->name_operands & 0xffff, n = l->name_operands >> 16;
	if (name >= CALL_COUNT || n != operand_counts[name] || left < sizeof(*l) + n * sizeof(*o))
		return 0;
	for (u32 i = 0; i < n; i++)
		if (o[i].kind >= BASE_COUNT || (o[i].kind == BASE_RESULT && o[i].index >= number))
			return 0;
	return (int)(sizeof(*l) + n * sizeof(*o));
}

int batch_valid(const u8 *payload, u32 length)
{
	const struct batch *b = (const void *)payload;
	u32 at = sizeof(*b);

	if (length < at)
		return 0;
	for (u32 i = 0; i < b->programs; i++) {
		const struct program *p = (const void *)(payload + at);
		if (length - at < sizeof(*p) || p->bytes > length - at || p->bytes < sizeof(*p) || p->lines > MAX_LINES)
			return 0;
		u32 inside = sizeof(*p);
		for (u32 k = 0; k < p->lines; k++) {
			int size = line_valid(payload + at + inside, p->bytes - inside, k);
			if (!size)
				return 0;
			inside += (u32)size;
		}
		if (inside != p->bytes)
			return 0;
		at += p->bytes;
	}
	return at == length;
}

const struct program *batch_program(const u8 *payload, u32 index)
{
	const u8 *at = payload + sizeof(struct batch);

	while (index--)
		at += ((const struct program *)(const void *)at)->bytes;
	return (const void *)at;
}
