/*
 * Pages: residency and contents. Residency is looked at before contents, and only present pages are read, so that looking
 * changes nothing; see_touched() alone reads pages that are not there.
 */
#include "observe.h"
#include "abi.h"
#include "access.h"
#include "calls.h"
#include "text.h"
#include "world.h"

static double content_number(u64 content, int torn)
{
	return torn ? -1.0 : (double)(s64)(content >> 1) * 2.0 + (double)(s64)(content & 1);
}

/* A present page, also one that the program itself may not read. */
static void read_page(struct page *to, u64 number, int readable)
{
	u64 first, last, addr = number << page_shift;
	int torn;

	to->page = (double)(s64)number;
	if (readable && !page_load(addr, &first, &torn)) {
		to->content = content_number(first, torn);
	} else if (sys4(NR_pread64, FD_MEM, &first, 8, addr) == 8 &&
		   sys4(NR_pread64, FD_MEM, &last, 8, addr + page_size - 8) == 8) {
		to->content = content_number(first, first != last);
	} else if (readable) {
		to->content = -(double)SIGBUS; /* present and not readable by any means: poisoned */
	} else {
		to->content = CONTENT_UNREAD; /* the kernel lets nobody but a debugger read it (PROC_MEM_FORCE_PTRACE) */
	}
}

/* The pages [from, to) are present; *i is the mapping that the search for `from` starts at. */
static u32 add_present(struct page *list, u32 n, u64 from, u64 to, const struct mapping *mappings, u32 count, u32 *i)
{
	for (u64 page = from; page < to; page++) {
		while (*i < count && (u64)(s64)mappings[*i].end <= page)
			++*i;
		if (*i == count)
			return n;
		if (n == MAX_PAGES)
			return TOO_MANY;
		read_page(&list[n++], page, mappings[*i].attr & PROT_READ);
	}
	return n;
}

static u32 present_by_scan(struct page *list, const struct mapping *mappings, u32 count)
{
	static struct page_region regions[512];
	struct pm_scan_arg a;
	u32 n = 0, i = 0;

	memset(&a, 0, sizeof(a));
	a.size = sizeof(a);
	a.start = (u64)(s64)mappings[0].start << page_shift;
	a.end = (u64)(s64)mappings[count - 1].end << page_shift;
	a.vec = (u64)regions;
	a.vec_len = sizeof(regions) / sizeof(regions[0]);
	a.category_mask = a.return_mask = PAGE_IS_PRESENT;
	while (a.start < a.end) {
		s64 got = sys3(NR_ioctl, FD_PAGEMAP, PAGEMAP_SCAN, &a);
		if (got < 0)
			return TOO_MANY;
		for (s64 r = 0; r < got && n != TOO_MANY; r++)
			n = add_present(list, n, regions[r].start >> page_shift, regions[r].end >> page_shift, mappings, count, &i);
		if (n == TOO_MANY || a.walk_end <= a.start)
			return n;
		a.start = a.walk_end;
	}
	return n;
}

/* Without PAGEMAP_SCAN: eight bytes a page of /proc/self/pagemap, whence the limit. */
enum { PAGEMAP_LIMIT = 1 << 18 };

static u32 present_by_pagemap(struct page *list, const struct mapping *mappings, u32 count)
{
	static u64 entries[512];
	u32 n = 0, at = 0;

	for (u32 i = 0; i < count; i++) {
		u64 page = (u64)(s64)mappings[i].start, end = (u64)(s64)mappings[i].end;
		if (end - page > PAGEMAP_LIMIT)
			return TOO_MANY;
		while (page < end) {
			u64 want = end - page < 512 ? end - page : 512;
			s64 got = sys4(NR_pread64, FD_PAGEMAP, entries, want * 8, page * 8) / 8;
			if (got <= 0)
				return TOO_MANY;
			for (s64 k = 0; k < got && n != TOO_MANY; k++)
				if (entries[k] >> 63)
					n = add_present(list, n, page + (u64)k, page + (u64)k + 1, mappings, count, &at);
			if (n == TOO_MANY)
				return n;
			page += (u64)got;
		}
	}
	return n;
}

u32 see_present(struct page *list, const struct mapping *mappings, u32 count)
{
	if (!count)
		return 0;
	return use_scan ? present_by_scan(list, mappings, count) : present_by_pagemap(list, mappings, count);
}

/* Bits of VMFLAG: a read of a missing page of such a mapping waits for a fault handler that nobody is. */
enum { FLAG_UM = 1 << 13, FLAG_UI = 1 << 15 };

u32 see_touched(struct page *list, const struct mapping *mappings, u32 count)
{
	u32 n = 0;

	for (u32 i = 0; i < count; i++) {
		u64 page = (u64)(s64)mappings[i].start, end = (u64)(s64)mappings[i].end;
		if (mappings[i].flags & (FLAG_UM | FLAG_UI) && uffd_blocks())
			continue;
		if (end - page > TOUCH_PER_MAPPING)
			end = page + TOUCH_PER_MAPPING;
		for (; page < end && n < MAX_PAGES; page++) {
			u64 content;
			int torn, signal = page_load(page << page_shift, &content, &torn);
			list[n].page = (double)(s64)page;
			list[n++].content = signal ? -(double)signal : content_number(content, torn);
		}
	}
	return n;
}
