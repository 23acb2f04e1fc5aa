#include "worker.h"
#include "abi.h"
#include "access.h"
#include "calls.h"
#include "drain.h"
#include "fault.h"
#include "hello.h"
#include "observe.h"
#include "text.h"
#include "world.h"

/* Last and present look at each list; the two places change roles. */
static struct mapping mapping_lists[2][MAX_MAPPINGS];
static struct page present_lists[2][MAX_PAGES], touched_lists[2][MAX_PAGES];
static struct counters counter_sets[2];

/* One part of the observation: how long the list of the step before was, and which of the two places holds it. */
struct track { u32 length, which, known; };
static struct track tracks[4];

static u64 results[MAX_LINES];
static struct seen own[64];
static u32 own_count;

static u32 walk_own(struct seen *list, u32 max)
{
	struct walk w;
	struct seen m;
	u32 n = 0;

	walk_start(&w, 0, 0);
	while (walk_next(&w, &m)) {
		if (n < max)
			list[n] = m;
		n++;
	}
	return n;
}

void worker_baseline(void)
{
	own_count = walk_own(own, 64);
}

u32 own_mappings(void)
{
	return own_count;
}

u64 own_end(void)
{
	for (u32 i = 0; i < own_count; i++)
		if (own[i].start >= WINDOW_START)
			return own[i].start;
	return task_size;
}

/* --- answers --- */

static u8 *at; /* where the next byte of the answer goes */

static u8 *limit(void)
{
	return out + OUT_SIZE;
}

/* Writes what is new in a list. 0: no room. */
static int emit_list(const void *last, u32 was, const void *now, u32 is, u32 size)
{
	const u8 *a = last, *b = now;
	u32 least = was < is ? was : is, head = 0, tail = 0;

	while (head < least && !memcmp(a + head * size, b + head * size, size))
		head++;
	while (tail < least - head && !memcmp(a + (was - 1 - tail) * size, b + (is - 1 - tail) * size, size))
		tail++;
	u32 words[4] = { head, is - head - tail, tail, 0 };
	u64 bytes = (u64)words[1] * size;
	if ((u64)(limit() - at) < sizeof(words) + bytes)
		return 0;
	memcpy(at, words, sizeof(words));
	at += sizeof(words);
	memcpy(at, b + (u64)head * size, bytes);
	at += bytes;
	return 1;
}

/* Takes the list in the other place as the present one and writes it; returns its part_state, or -1 without room. */
static int emit_part(struct track *t, const void *last, const void *now, u32 is, u32 size)
{
	u32 was = t->known ? t->length : 0;

	if (is == TOO_MANY)
		return PART_ABSENT;
	if (t->known && was == is && !memcmp(last, now, (u64)is * size))
		return PART_SAME;
	if (!emit_list(last, was, now, is, size))
		return -1;
	t->length = is;
	t->which ^= 1;
	t->known = 1;
	return PART_NEW;
}

static int wanted(u32 looks, enum look what, int end)
{
	u32 often = looks >> 2 * what & 3;

	return often == EACH || (often == AT_END && end);
}

/* Looks and writes; returns the parts word, or -1 without room. Touching comes last because it changes what is present. */
static int observe(u32 looks, int end)
{
	struct track *m = &tracks[PART_MAPPINGS], *p = &tracks[PART_PRESENT], *t = &tracks[PART_TOUCHED];
	struct track *c = &tracks[PART_COUNTERS];
	int contents = wanted(looks, LOOK_CONTENTS, end), touch = wanted(looks, LOOK_TOUCH, end);
	/* smaps shows every mapping of the process: with the tens of thousands of fill_mappings that takes most of a second. */
	int mappings = wanted(looks, LOOK_MAPPINGS, end), flags = wanted(looks, LOOK_FLAGS, end) && !filler_count();
	int parts = 0, state;
	struct mapping *list = mapping_lists[m->which ^ 1];
	u32 n = TOO_MANY;

	if (mappings || flags || contents || touch)
		n = see_mappings(list, flags || (touch && uffd_blocks()));
	if (mappings || flags) {
		if ((state = emit_part(m, mapping_lists[m->which], list, n, sizeof(*list))) < 0)
			return -1;
		parts |= state << 2 * PART_MAPPINGS;
	}
	if (contents && n != TOO_MANY) {
		struct page *now = present_lists[p->which ^ 1];
		u32 is = see_present(now, list, n);
		if ((state = emit_part(p, present_lists[p->which], now, is, sizeof(*now))) < 0)
			return -1;
		parts |= state << 2 * PART_PRESENT;
	}
	if (wanted(looks, LOOK_COUNTERS, end)) {
		struct counters *now = &counter_sets[c->which ^ 1];
		see_counters(now, n);
		if (c->known && !memcmp(now, &counter_sets[c->which], sizeof(*now))) {
			parts |= PART_SAME << 2 * PART_COUNTERS;
		} else {
			c->known = 1;
			c->which ^= 1;
			parts |= PART_NEW << 2 * PART_COUNTERS;
		}
	}
	if (touch && n != TOO_MANY) {
		struct page *now = touched_lists[t->which ^ 1];
		u32 is = see_touched(now, list, n);
		if ((state = emit_part(t, touched_lists[t->which], now, is, sizeof(*now))) < 0)
			return -1;
		parts |= state << 2 * PART_TOUCHED;
	}
	if ((parts >> 2 * PART_COUNTERS & 3) == PART_NEW) {
		if ((u64)(limit() - at) < sizeof(struct counters))
			return -1;
		memcpy(at, &counter_sets[c->which], sizeof(struct counters));
		at += sizeof(struct counters);
	}
	return parts;
}

/* --- programs --- */

static u64 operand_value(const struct operand *o)
{
	u64 size, lck, data, stk;

	switch (o->kind) {
	case BASE_NONE: return o->offset;
	case BASE_RESULT: return results[o->index] + o->offset;
	}
	read_status(&size, &lck, &data, &stk);
	return o->offset + (o->kind == BASE_VMSIZE ? size : o->kind == BASE_VMLCK ? lck : data);
}

/* More allocations than any call makes. */
#define COUNT_FROM 4000000000u

/* Makes the call; while it runs, and no longer, its allocations are counted or one of them fails. Returns step_flags. */
static u32 perform_armed(u32 name, const u64 *args, u32 fault, int counts, struct outcome *o, u64 *allocations)
{
	u32 left;

	if (!fault && !counts) {
		*o = perform(name, args);
		return 0;
	}
	fault_arm(fault ? fault : COUNT_FROM);
	*o = perform(name, args);
	left = fault_disarm();
	if (fault)
		return left ? 0 : STEP_SCARCE;
	*allocations = COUNT_FROM - left;
	return STEP_COUNTED;
}

/* Runs one line and writes its step; 0 without room. */
static int run_line(const struct line *l, u32 number, const struct batch *b, int end)
{
	const struct operand *operands = (const void *)(l + 1);
	u32 name = l->name_operands & 0xffff, n = l->name_operands >> 16;
	u64 args[MAX_ARGS], allocations = 0;
	u8 *start = at;
	struct outcome o;

	if ((u64)(limit() - at) < 24 + 8 * MAX_ARGS)
		return 0;
	for (u32 i = 0; i < n; i++)
		shared->args[i] = args[i] = operand_value(&operands[i]);
	shared->nargs = n;
	shared->call = number;
	u32 flags = perform_armed(name, args, l->fault, b->counts != 0, &o, &allocations);
	u32 words = n + (flags & STEP_COUNTED ? 1 : 0);
	results[number] = o.kind == VALUE ? o.value : 0;
	at += 16 + 8 * words;
	int parts = observe(b->looks, end);
	if (parts < 0) {
		at = start;
		return 0;
	}
	u32 head[2] = { o.kind | n << 8 | (u32)parts << 16 | flags << 24, o.code };
	memcpy(start, head, 8);
	memcpy(start + 8, &o.value, 8);
	memcpy(start + 16, args, 8 * n);
	memcpy(start + 16 + 8 * n, &allocations, 8 * (words - n));
	return 1;
}

/* Whether some call may make events that somebody has to read. */
static int makes_events(const struct program *p)
{
	const struct line *l = (const void *)(p + 1);

	for (u32 i = 0; i < p->lines; i++) {
		const struct operand *o = (const void *)(l + 1);
		u32 n = l->name_operands >> 16;
		if ((l->name_operands & 0xffff) == CALL_uffdio_api && (o[1].kind != BASE_NONE || o[1].offset & UFFD_EVENTS))
			return 1;
		l = (const void *)(o + n);
	}
	return 0;
}

static void run_program(const struct program *p, u32 index, const struct batch *b)
{
	const struct line *l = (const void *)(p + 1);
	struct answer *answer = (void *)at;
	struct answer empty = { index, 0, DEFECT_NONE, 0 };

	memset(tracks, 0, sizeof(tracks));
	if (makes_events(p))
		drain_start();
	*answer = empty;
	at += sizeof(*answer);
	shared->header_at = (u32)((u8 *)answer - out);
	shared->out_used = (u32)(at - out);
	shared->nargs = 0;
	shared->phase = PHASE_CALLS;
	for (u32 i = 0; i < p->lines; i++) {
		if (!run_line(l, i, b, i + 1 == p->lines)) {
			answer->defect = DEFECT_TOO_LARGE;
			break;
		}
		answer->steps = i + 1;
		shared->out_used = (u32)(at - out);
		l = (const void *)((const struct operand *)(l + 1) + (l->name_operands >> 16));
	}
}

/* --- isolation --- */

/* Unmaps what is not the executor's. 1: the world is as it was. */
static int only_own_left(void)
{
	struct seen now[64];
	u32 n = walk_own(now, 64);

	if (n == own_count) {
		u32 i = 0;
		while (i < n && now[i].start == own[i].start && now[i].end == own[i].end && now[i].attr == own[i].attr)
			i++;
		if (i == n)
			return 1;
	}
	for (u32 i = 0; i < n && i < 64; i++) {
		int mine = 0;
		for (u32 k = 0; k < own_count; k++)
			mine |= now[i].start < own[k].end && own[k].start < now[i].end;
		if (!mine)
			sys2(NR_munmap, now[i].start, now[i].end - now[i].start);
	}
	return 0;
}

static struct { u64 size, lck, data, stk; } sums;

static int sums_unchanged(void)
{
	u64 size, lck, data, stk;

	read_status(&size, &lck, &data, &stk);
	return size == sums.size && lck == sums.lck && data == sums.data && stk == sums.stk;
}

/* 0 when the process cannot be used for another program. */
static int clean(u32 looks)
{
	int locks = locks_used();
	int good = calls_undo();

	good &= sys2(NR_munmap, WINDOW_START, window_end - WINDOW_START) == 0;
	if (!good)
		return 0;
	if (!only_own_left() && !only_own_left())
		return 0;
	/* A sum that drifted is the program's own finding; it must not become the next one's. */
	if (locks || (looks >> 2 * LOOK_COUNTERS & 3) != NEVER)
		return sums_unchanged();
	return 1;
}

static void worker_open(void)
{
	s64 fd;

	sys2(NR_prctl, PR_SET_PDEATHSIG, SIGKILL);
	sys3(NR_close_range, 0, FD_OWN_FIRST - 1, 0);
	/* When memory runs out it shall be the program that is killed, not its supervisor. */
	fd = sys4(NR_openat, AT_FDCWD, "/proc/self/oom_score_adj", 1 | O_CLOEXEC, 0);
	if (fd >= 0) {
		sys3(NR_write, fd, "1000", 4);
		sys1(NR_close, fd);
	}
	observe_open();
	access_open();
	calls_open();
	if (shared->findings.features >> FEATURE_FAULT_INJECTION & 1)
		fault_open();
	read_status(&sums.size, &sums.lck, &sums.data, &sums.stk);
}

void worker_run(const u8 *payload, int single)
{
	const struct batch *b = (const void *)payload;
	const struct program *p = batch_program(payload, shared->program);

	worker_open();
	at = out + shared->out_used;
	while (shared->program < b->programs) {
		u32 index = shared->program;
		run_program(p, index, b);
		shared->program = index + 1;
		shared->phase = PHASE_CLEAN;
		if (single || !clean(b->looks) || OUT_SIZE - shared->out_used < OUT_RESERVE)
			sys1(NR_exit_group, EXIT_AGAIN);
		shared->phase = PHASE_SETUP;
		p = (const void *)((const u8 *)p + p->bytes);
	}
	sys1(NR_exit_group, EXIT_DONE);
	__builtin_unreachable();
}
