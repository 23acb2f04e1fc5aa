/** Reproducers in C: a program that says by its exit code whether the kernel does what is expected, and a kernel selftest. */
import { arenaText, type Body, bodyOf, harmless } from './body.ts';
import { closure, HELPERS, type Helper } from './helpers.ts';
import { ARENA_PAGES, type Plan } from './plan.ts';

/** How results are reported, and how it ends. */
export interface Form {
  /** The lines above the first header. */
  readonly top: (plan: Plan) => readonly string[];
  /** `result(good, form, …)` and `need(there, what)`; `step` says which call it is. */
  readonly report: string;
  readonly headers: readonly string[];
  /** Helpers that are other ones in this form. */
  readonly helpers?: Readonly<Record<string, Helper>>;
  /** `main`, given functions that do the work, one for each plan. */
  readonly main: (plans: readonly Plan[], bodies: readonly Body[]) => string;
}

const HEADERS = [
  ...[
    'errno.h',
    'fcntl.h',
    'setjmp.h',
    'signal.h',
    'stdarg.h',
    'stdio.h',
    'stdlib.h',
    'string.h',
    'time.h',
    'unistd.h',
  ],
  ...['sched.h', 'sys/mman.h', 'sys/resource.h', 'sys/syscall.h'],
];

/** Names that every C library has had for long. */
const OLD =
  /^(?:PROT_(?:NONE|READ|WRITE|EXEC)|MAP_(?:SHARED|PRIVATE|FIXED|ANONYMOUS|FILE|NORESERVE|LOCKED)|NULL|O_\w+|RLIM\w+|CAP_\w+|MCL_(?:CURRENT|FUTURE))$/;

/** Constants that older headers lack; the kernel's own names and numbers. */
const constants = (names: ReadonlyMap<string, bigint>): readonly string[] =>
  [...names]
    .filter(([name]) => /^[A-Z]/.test(name) && !OLD.test(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, value]) => [
      `#ifndef ${name}`,
      `#define ${name} ${value > 0x7fffffffn ? `0x${value.toString(16)}UL` : value}`,
      '#endif',
    ]);

/** The function of one plan. */
function functionOf(name: string, body: Body): string {
  return [`static void ${name}(void)`, '{', ...body.rows, '}'].join('\n');
}

/** What a machine must have, and what the process must be, before a plan's calls. */
function preparation(name: string, body: Body): string {
  return [`static void ${name}(void)`, '{', ...body.needs, '}'].join('\n');
}

/** One file with one or several plans; helpers stand in it once. */
export function fileOf(plans: readonly Plan[], form: Form): string {
  const bodies = plans.map(bodyOf);
  const [first] = plans as [Plan];
  const names = closure(bodies.flatMap((b) => [...b.helpers]));
  const headers = new Set([...HEADERS, ...form.headers, ...names.flatMap((name) => HELPERS[name]?.headers ?? [])]);
  const [arena, end] = arenaText(first, ARENA_PAGES);
  const constant = constants(new Map(bodies.flatMap((b) => [...b.names])));
  const parts = [
    ['#define _GNU_SOURCE', ...[...headers].map((h) => `#include ${h.startsWith('"') ? h : `<${h}>`}`)].join('\n'),
    ...(constant.length > 0 ? [constant.join('\n')] : []),
    [
      `#define PAGE ${first.foretold.environment.pageSize}L`,
      `#define ARENA ${arena}`,
      ...(names.includes('mappings_are') ? [`#define ARENA_END ${end}`] : []),
    ].join('\n'),
    form.report,
    ...names.map((name) => (form.helpers?.[name] ?? HELPERS[name]!).text),
    ...bodies.flatMap((body, i) => [
      preparation(`prepare${suffix(plans, i)}`, body),
      functionOf(`run${suffix(plans, i)}`, body),
    ]),
    form.main(plans, bodies),
  ];
  return `${form.top(first).join('\n')}\n${parts.join('\n\n')}\n`;
}

/** Functions are numbered where there are several. */
export const suffix = (plans: readonly Plan[], i: number): string => (plans.length === 1 ? '' : `_${i}`);

/** What the results of a reproducer rest upon, in words. */
export function basis({ foretold: { profile }, calls }: Plan): readonly string[] {
  const breaks = calls.some(({ contract }) => contract.length > 0);
  return [
    'Expected are the results that the program states; where it states none, what',
    `mremap-check's model of ${profile} does${breaks ? '; and where the contract forbids that,' : '.'}`,
    ...(breaks ? ['what the contract allows.'] : []),
  ];
}

/** A comment of several lines. */
export const comment = (rows: readonly string[]): readonly string[] => [
  '/*',
  ...rows.map((row) => ` * ${harmless(row)}`.trimEnd()),
  ' */',
];

const REPORT = `static int out = 1, verbose, failures;
static const char *step = "";

static void say(const char *form, ...)
{
	static char text[4096];
	va_list list;
	int n;

	va_start(list, form);
	n = vsnprintf(text, sizeof(text), form, list);
	va_end(list);
	if (write(out, text, n < (int)sizeof(text) ? n : (int)sizeof(text) - 1) < 0)
		exit(2);
}

/* One result; a line where it is not as expected, or where all are wanted. */
__attribute__((format(printf, 2, 3)))
static void result(int good, const char *form, ...)
{
	static char text[2048];
	va_list list;

	va_start(list, form);
	vsnprintf(text, sizeof(text), form, list);
	va_end(list);
	if (!good)
		failures++;
	if (!good || verbose)
		say("%s  %s: %s\\n", good ? "ok  " : "FAIL", step, text);
}

static void need(int there, const char *what)
{
	if (there)
		return;
	say("SKIP  this machine lacks: %s\\n", what);
	exit(4);
}`;

/** A program that ends in 0 where all is as expected, in 1 where something is not (a line for each), in 4 where the machine lacks something. */
export const PLAIN: Form = {
  top: (plan) =>
    comment([
      plan.title,
      ...plan.program.header.map(({ key, value }) => `${key}: ${value}`),
      '',
      ...basis(plan),
      '',
      '  cc -Wall -Wextra -static -o reproducer reproducer.c && ./reproducer [-v]',
      '',
      'Ends in 0 where everything is as expected, in 1 where something is not, with a line',
      'for each difference, in 4 where the machine lacks something; -v tells every result.',
    ]),
  report: REPORT,
  headers: [],
  main: (_, [body]) => `int main(int argc, char **argv)
{
	verbose = argc > 1 && !strcmp(argv[1], "-v");
${body?.settles === true ? '	settle(argv);\n' : '	(void)argv;\n'}	prepare();
	run();
	return failures > 0;
}`,
};
