/** C that looks: accesses to pages, mappings with their flags, counters. */
import { VMFLAG } from '../../spec/index.ts';
import type { Helper } from './helpers.ts';

/** The flags that are compared; whether a mapping may hold guard regions spreads when mappings merge. */
const SHOWN = Object.keys(VMFLAG).filter((name) => name !== 'gu');

const ACCESS: Readonly<Record<string, Helper>> = {
  access: {
    text: `static sigjmp_buf faulted;

static void on_fault(int signal)
{
	siglongjmp(faulted, signal);
}

/* Reads or writes the first and last word of a page. Returns the signal that this raised; torn is set if both words differ. */
static int access_page(char *address, int write, unsigned long *content, int *torn)
{
	char *base = (char *)((unsigned long)address & -PAGE);
	volatile unsigned long *first = (unsigned long *)base;
	volatile unsigned long *last = (unsigned long *)(base + PAGE - sizeof(*last));
	struct sigaction action, segv, bus;
	int signal;

	memset(&action, 0, sizeof(action));
	action.sa_handler = on_fault;
	sigaction(SIGSEGV, &action, &segv);
	sigaction(SIGBUS, &action, &bus);
	*torn = 0;
	signal = sigsetjmp(faulted, 1);
	if (!signal && write) {
		*first = *content;
		*last = *content;
	} else if (!signal) {
		*content = *first;
		*torn = *last != *content;
	}
	sigaction(SIGSEGV, &segv, NULL);
	sigaction(SIGBUS, &bus, NULL);
	return signal;
}

static const char *signal_name(int signal)
{
	return signal == SIGSEGV ? "SIGSEGV" : signal == SIGBUS ? "SIGBUS" : "no signal";
}`,
  },
  loads: {
    uses: ['access'],
    text: `/* A load ends in a signal (0: in none), and gives this content where it does not. */
static unsigned long loads(char *address, int want_signal, unsigned long want)
{
	unsigned long content = 0;
	int torn, signal = access_page(address, 0, &content, &torn);

	if (signal)
		result(signal == want_signal, "seen %s, expected %s", signal_name(signal), signal_name(want_signal));
	else
		result(!want_signal && !torn && content == want, "seen %s0x%lx, expected %s 0x%lx", torn ? "torn " : "", content,
		       signal_name(want_signal), want);
	return content;
}`,
  },
  loads_something: {
    uses: ['access'],
    text: `/* Whatever a load gives is the kernel's choice. */
static unsigned long loads_something(char *address)
{
	unsigned long content = 0;
	int torn, signal = access_page(address, 0, &content, &torn);

	result(1, "seen %s0x%lx, expected anything", signal ? signal_name(signal) : "", content);
	return content;
}`,
  },
  stores: {
    uses: ['access'],
    text: `/* A store of a content ends in a signal, 0: in none. */
static void stores(char *address, unsigned long content, int want_signal)
{
	int torn, signal = access_page(address, 1, &content, &torn);

	result(signal == want_signal, "seen %s, expected %s", signal_name(signal), signal_name(want_signal));
}`,
  },
};

const MAPPINGS: Readonly<Record<string, Helper>> = {
  lines: {
    text: `/* Lines of a file, one after the other; no memory is asked for, since that may be what a program limits. */
static struct lines { int fd; size_t at, length; char text[65536]; } lines;

static int lines_open(const char *path)
{
	lines.at = lines.length = 0;
	lines.fd = open(path, O_RDONLY | O_CLOEXEC);
	return lines.fd >= 0;
}

/* The next line, without its end; NULL and closed where there is none. */
static char *lines_next(void)
{
	for (;;) {
		char *from = lines.text + lines.at, *end = memchr(from, '\\n', lines.length - lines.at);
		ssize_t got;

		if (end) {
			*end = 0;
			lines.at = end + 1 - lines.text;
			return from;
		}
		memmove(lines.text, from, lines.length - lines.at);
		lines.length -= lines.at;
		lines.at = 0;
		got = read(lines.fd, lines.text + lines.length, sizeof(lines.text) - lines.length);
		if (got <= 0) {
			close(lines.fd);
			return NULL;
		}
		lines.length += got;
	}
}`,
  },
  number_in: {
    uses: ['lines'],
    text: `/* The number behind a word at the beginning of a line of a file; 0 where there is none. */
static unsigned long number_in(const char *path, const char *word)
{
	unsigned long number = 0;
	char *line;

	if (!lines_open(path))
		return 0;
	while ((line = lines_next()))
		if (!strncmp(line, word, strlen(word)))
			number = strtoul(line + strlen(word), NULL, 10);
	return number;
}`,
  },
  status: {
    uses: ['number_in'],
    text: `/* A counter of the process, in bytes. */
static unsigned long status(const char *counter)
{
	return number_in("/proc/self/status", counter) * 1024;
}`,
  },
  counter_is: {
    uses: ['status'],
    text: `/* A counter against what it was before the first call. */
static void counter_is(const char *counter, unsigned long before, long want_pages)
{
	long seen = (long)(status(counter) - before) / (long)PAGE;

	result(seen == want_pages, "seen %s %+ld pages, expected %+ld", counter, seen, want_pages);
}`,
  },
  mapping: {
    uses: ['lines'],
    text: `/* A mapping as /proc/self/smaps shows it; without flags where nobody looked at them. */
struct mapping { unsigned long start, end; char access[5]; unsigned long offset; const char *flags; };

/* Of a line of VmFlags those that are compared, in a fixed order. */
static void take_flags(char *to, const char *line)
{
	static const char known[] = "${SHOWN.join(' ')}";

	*to = 0;
	for (size_t i = 0; i < sizeof(known) - 1; i += 3) {
		char name[5] = { ' ', known[i], known[i + 1], ' ', 0 };
		char alone[3] = { known[i], known[i + 1], 0 };
		if (!strstr(line, name))
			continue;
		if (*to)
			strcat(to, " ");
		strcat(to, alone);
	}
}

/* The next mapping of the file that is open; 0 where there is none. */
static int next_mapping(struct mapping *m)
{
	static char flags[128];
	char *line;

	m->start = m->end = 0;
	while ((line = lines_next())) {
		char *rest;
		if (!strncmp(line, "VmFlags:", 8)) {
			take_flags(flags, line + 8);
			m->flags = flags;
			return 1;
		}
		if (*line >= 'A' && *line <= 'Z')
			continue;
		m->start = strtoul(line, &rest, 16);
		m->end = strtoul(rest + 1, &rest, 16);
		memcpy(m->access, rest + 1, 4);
		m->access[4] = 0;
		m->offset = strtoul(rest + 6, NULL, 16);
	}
	return 0;
}`,
  },
  mapping_at: {
    uses: ['mapping'],
    text: `/* The mapping that holds an address; 0 where there is none. */
static int mapping_at(char *address, struct mapping *m)
{
	int found = 0;

	if (!lines_open("/proc/self/smaps"))
		return 0;
	while (!found && next_mapping(m))
		found = m->start <= (unsigned long)address && (unsigned long)address < m->end;
	if (found)
		close(lines.fd);
	return found;
}`,
  },
};

const CHECKS: Readonly<Record<string, Helper>> = {
  flags_are: {
    uses: ['mapping_at'],
    text: `/* Of the flags of a page's mapping those in look are those in want. */
static void flags_are(char *address, const char *look, const char *want)
{
	struct mapping m;
	int good = mapping_at(address, &m);

	for (const char *name = look; good && *name; name += name[2] ? 3 : 2) {
		char flag[3] = { name[0], name[1], 0 };
		good = !strstr(m.flags, flag) == !strstr(want, flag);
	}
	result(good, "seen %s at %p, expected of %s: %s", m.end ? m.flags : "no mapping", (void *)address, look, want);
}`,
  },
  boundary_at: {
    uses: ['mapping_at'],
    text: `static void boundary_at(char *address)
{
	struct mapping m;
	int found = mapping_at(address, &m);

	result(found && m.start == (unsigned long)address, "seen one mapping across %p, expected two", (void *)address);
}`,
  },
  access_is: {
    uses: ['mapping_at'],
    text: `/* A page's mapping permits this (rw-p, or the first letters of it); "": nothing is mapped there. */
static void access_is(char *address, const char *want)
{
	struct mapping m;
	int found = mapping_at(address, &m);

	result(*want ? found && !strncmp(m.access, want, strlen(want)) : !found, "seen %s at %p, expected %s",
	       found ? m.access : "nothing", (void *)address, *want ? want : "nothing");
}`,
  },
  mappings_are: {
    uses: ['mapping'],
    text: `/* All mappings of the arena, one for one. */
static void mappings_are(const struct mapping *want, size_t count)
{
	struct mapping m;
	size_t n = 0;
	int good = lines_open("/proc/self/smaps");

	while (good && next_mapping(&m)) {
		if (m.start < ARENA || m.start >= ARENA_END)
			continue;
		good = n < count && m.start == want[n].start && m.end == want[n].end && !strcmp(m.access, want[n].access) &&
		       m.offset == want[n].offset && (!want[n].flags || !strcmp(m.flags, want[n].flags));
		if (good)
			n++;
		else
			close(lines.fd);
	}
	if (good)
		result(n == count, "in the end seen %zu mappings, expected %zu", n, count);
	else
		result(0, "in the end seen mapping %zu: %lx-%lx %s %lx %s, expected another one", n, m.start, m.end, m.access,
		       m.offset, m.flags);
}`,
  },
};

export const LOOK_HELPERS: Readonly<Record<string, Helper>> = { ...ACCESS, ...MAPPINGS, ...CHECKS };
