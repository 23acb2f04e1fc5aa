/** The parts of a C reproducer that are the same in all of them; each is written only where it is used. */
import { CALL_HELPERS } from './helpers-calls.ts';
import { LOOK_HELPERS } from './helpers-look.ts';
import { WORLD_HELPERS } from './helpers-world.ts';

/** A piece of C. */
export interface Helper {
  /** Other helpers that it calls. */
  readonly uses?: readonly string[];
  /** Headers, as they stand between `<` and `>`, besides those that every reproducer has. */
  readonly headers?: readonly string[];
  readonly text: string;
}

/** What every reproducer has besides its calls. `report` comes first and is a matter of the form. */
const BASE: Readonly<Record<string, Helper>> = {
  page: {
    text: `/* A page of the arena, where nothing else is mapped. */
static char *page(unsigned long n)
{
	return (char *)(ARENA + n * PAGE);
}`,
  },
  outcome: {
    text: `/* What a call came back with, as text. */
static const char *outcome(long r, int error)
{
	static char text[32];

	if (r == -1)
		snprintf(text, sizeof(text), "-1 errno %d", error);
	else
		snprintf(text, sizeof(text), "0x%lx", r);
	return text;
}`,
  },
  value_is: {
    uses: ['outcome'],
    text: `static void value_is(long r, unsigned long want)
{
	int error = errno;

	result((unsigned long)r == want, "seen %s, expected 0x%lx", outcome(r, error), want);
}`,
  },
  error_is: {
    uses: ['outcome'],
    text: `static void error_is(long r, int want)
{
	int error = errno;

	result(r == -1 && error == want, "seen %s, expected -1 errno %d (%s)", outcome(r, error), want, strerror(want));
}`,
  },
  succeeds: {
    uses: ['outcome'],
    text: `static void succeeds(long r)
{
	int error = errno;

	result(r != -1, "seen %s, expected success", outcome(r, error));
}`,
  },
  comes_back: {
    uses: ['outcome'],
    text: `/* What comes back is the kernel's choice. */
static void comes_back(long r)
{
	int error = errno;

	result(1, "seen %s, expected anything", outcome(r, error));
}`,
  },
};

/** All helpers in the order in which they are written. */
export const HELPERS: Readonly<Record<string, Helper>> = {
  ...BASE,
  ...LOOK_HELPERS,
  ...WORLD_HELPERS,
  ...CALL_HELPERS,
};
export type HelperName = string;

/** Helpers and all that they use, in the order in which they are written. @throws Error for a name that is none. */
export function closure(names: Iterable<HelperName>): readonly HelperName[] {
  const found = new Set<HelperName>();
  const add = (name: HelperName): void => {
    if (found.has(name)) return;
    const helper = HELPERS[name];
    if (helper === undefined) throw new Error(`there is no helper ${name}`);
    found.add(name);
    helper.uses?.forEach(add);
  };
  for (const name of names) add(name);
  return Object.keys(HELPERS).filter((name) => found.has(name));
}
