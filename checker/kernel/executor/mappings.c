/*
 * Mappings and counters. Mappings come from PROCMAP_QUERY where the kernel has it (half a microsecond a mapping), otherwise
 * from the text of /proc/self/maps; flags only from /proc/self/smaps.
 */
#include "observe.h"
#include "abi.h"
#include "calls.h"
#include "text.h"
#include "world.h"

static s64 open_at(const char *path, int fd)
{
	s64 low = sys4(NR_openat, AT_FDCWD, path, O_CLOEXEC, 0);

	if (low < 0)
		return low;
	sys3(NR_dup3, low, fd, O_CLOEXEC);
	sys1(NR_close, low);
	return 0;
}

void observe_open(void)
{
	open_at("/proc/self/maps", FD_MAPS);
	open_at("/proc/self/smaps", FD_SMAPS);
	open_at("/proc/self/status", FD_STATUS);
	open_at("/proc/self/pagemap", FD_PAGEMAP);
	open_at("/proc/self/mem", FD_MEM);
}

/* Lines of a file in /proc. One reader is enough: walks do not overlap. */
static struct { s32 fd; u64 offset; u32 at, length; char text[16384]; } reader;

static int next_line(const char **from, const char **to)
{
	for (;;) {
		for (u32 i = reader.at; i < reader.length; i++)
			if (reader.text[i] == '\n') {
				*from = reader.text + reader.at;
				*to = reader.text + i;
				reader.at = i + 1;
				return 1;
			}
		reader.length -= reader.at;
		memmove(reader.text, reader.text + reader.at, reader.length);
		reader.at = 0;
		s64 got = sys4(NR_pread64, reader.fd, reader.text + reader.length, sizeof(reader.text) - reader.length,
			       reader.offset);
		if (got <= 0)
			return 0;
		reader.offset += (u64)got;
		reader.length += (u32)got;
	}
}

/* `start-end rwxp offset major:minor inode name` */
static void parse_mapping(const char *s, const char *end, struct seen *m)
{
	u32 major, minor;

	m->start = parse_hex(&s, end);
	s++;
	m->end = parse_hex(&s, end);
	m->attr = (s[1] == 'r' ? 1u : 0) | (s[2] == 'w' ? 2u : 0) | (s[3] == 'x' ? 4u : 0) | (s[4] == 's' ? ATTR_SHARED : 0u);
	s += 6;
	m->offset = parse_hex(&s, end);
	s++;
	major = (u32)parse_hex(&s, end);
	s++;
	minor = (u32)parse_hex(&s, end);
	s++;
	m->device = major << 12 | minor;
	m->inode = parse_decimal(&s, end);
	m->flags = 0;
}

/* In the order of the bits of VMFLAG in spec/observation.ts. */
static const char flag_names[] = "mwgdlolfacnrhtdcdddewfhgnhumuwuislgurrsrmg";

static u32 parse_flags(const char *s, const char *end)
{
	u32 flags = 0;

	for (s += 8; s + 2 <= end; s++) {
		if (*s == ' ')
			continue;
		for (u32 i = 0; i + 1 < sizeof(flag_names) - 1; i += 2)
			if (s[0] == flag_names[i] && s[1] == flag_names[i + 1])
				flags |= 1u << (i / 2);
		s++;
	}
	return flags;
}

void walk_start(struct walk *w, u64 from, int with_flags)
{
	w->at = from;
	w->source = with_flags ? FROM_SMAPS : use_query ? FROM_QUERY : FROM_MAPS;
	if (w->source != FROM_QUERY) {
		reader.fd = with_flags ? FD_SMAPS : FD_MAPS;
		reader.offset = reader.at = reader.length = 0;
	}
}

static int walk_query(struct walk *w, struct seen *m)
{
	struct procmap_query q;

	q.size = sizeof(q);
	q.query_flags = PROCMAP_QUERY_COVERING_OR_NEXT_VMA;
	q.query_addr = w->at;
	q.vma_name_size = q.build_id_size = 0;
	q.vma_name_addr = q.build_id_addr = 0;
	if (sys3(NR_ioctl, FD_MAPS, PROCMAP_QUERY, &q) < 0)
		return 0;
	m->start = q.vma_start;
	m->end = q.vma_end;
	m->attr = (u32)q.vma_flags & 15;
	m->offset = q.vma_offset;
	m->device = q.dev_major << 12 | q.dev_minor;
	m->inode = q.inode;
	m->flags = 0;
	w->at = q.vma_end;
	return 1;
}

static int walk_text(struct walk *w, struct seen *m)
{
	const char *s, *end;

	do {
		if (!next_line(&s, &end))
			return 0;
		parse_mapping(s, end, m);
		if (w->source == FROM_SMAPS) {
			do
				if (!next_line(&s, &end))
					return 0;
			while (end - s < 8 || memcmp(s, "VmFlags:", 8));
			m->flags = parse_flags(s, end);
			m->attr |= ATTR_HAS_FLAGS;
		}
	} while (m->end <= w->at);
	w->at = m->end;
	return m->start < task_size; /* the gate page above counts nowhere */
}

int walk_next(struct walk *w, struct seen *m)
{
	return w->source == FROM_QUERY ? walk_query(w, m) : walk_text(w, m);
}

/* Device numbers are packed so that device * 2^32 + inode is exact in a double. */
static double file_number(const struct seen *m)
{
	return (double)m->device * 4294967296.0 + (double)(s64)m->inode;
}

u32 see_mappings(struct mapping *list, int with_flags)
{
	struct walk w;
	struct seen m;
	u32 n = 0;

	walk_start(&w, WINDOW_START, with_flags);
	while (walk_next(&w, &m) && m.start < window_end) {
		if (n == MAX_MAPPINGS)
			return TOO_MANY;
		struct mapping *to = &list[n++];
		to->start = (double)(s64)(m.start >> page_shift);
		to->end = (double)(s64)(m.end >> page_shift);
		to->offset = (double)(s64)(m.offset >> page_shift);
		to->file = file_number(&m);
		to->attr = m.attr;
		to->flags = m.flags;
	}
	return n;
}

void read_status(u64 *size, u64 *lck, u64 *data, u64 *stk)
{
	static char text[4096];
	s64 got = sys4(NR_pread64, FD_STATUS, text, sizeof(text), 0);
	const char *s = text, *end = text + (got > 0 ? got : 0);

	*size = *lck = *data = *stk = 0;
	while (s + 8 < end) {
		if (s[0] == 'V' && s[1] == 'm') {
			u64 *to = 0;
			switch (s[2] << 16 | s[3] << 8 | s[4]) {
			case 'S' << 16 | 'i' << 8 | 'z': to = size; break;
			case 'L' << 16 | 'c' << 8 | 'k': to = lck; break;
			case 'D' << 16 | 'a' << 8 | 't': to = data; break;
			case 'S' << 16 | 't' << 8 | 'k': to = stk; break;
			}
			if (to) {
				for (s += 6; s < end && (*s < '0' || *s > '9');)
					s++;
				*to = parse_decimal(&s, end) * 1024;
				if (to == stk)
					return;
			}
		}
		while (s < end && *s++ != '\n')
			;
	}
}

u64 count_mappings(u32 in_window)
{
	struct walk w;
	struct seen m;
	u64 n = 0;

	walk_start(&w, 0, 0);
	while (walk_next(&w, &m)) {
		n++;
		if (!use_query)
			continue;
		/* Two places whose count is known already: mappings of fill_mappings, and the window just walked. */
		if (m.start == FILLER_AT && filler_count()) {
			n += filler_count() - 1;
			w.at = filler_end();
		} else if (in_window != TOO_MANY && m.start >= WINDOW_START && m.start < window_end) {
			n += in_window - 1;
			w.at = window_end;
		}
	}
	return n;
}

void see_counters(struct counters *c, u32 in_window)
{
	u64 size, lck, data, stk;

	read_status(&size, &lck, &data, &stk);
	c->vm_size = (double)(s64)(size >> page_shift);
	c->vm_lck = (double)((s64)lck >> page_shift); /* kernels before 7.3 can miscount it below zero */
	c->vm_data = (double)(s64)(data >> page_shift);
	c->vm_stk = (double)(s64)(stk >> page_shift);
	c->map_count = (double)(s64)count_mappings(in_window);
}
