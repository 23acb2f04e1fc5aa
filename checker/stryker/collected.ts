/**
 * What the tests beside the sources import in place of `vitest`: it keeps their cases, so that they can be run as often as there are mutants without a
 * new process for each. `expect` is vitest's own.
 */
export { expect } from 'vitest';

export interface Case {
  readonly name: string;
  readonly run: () => unknown;
}

type Body = (...args: unknown[]) => unknown;

let cases: Case[] = [];
let path: readonly string[] = [];

const add = (name: string, run: Body, ...args: unknown[]): void => {
  const whole = [...path, name].join(' › ');
  cases.push({ name: `${cases.length + 1} ${whole}`, run: () => run(...args) });
};

const group = (name: string, body: Body, ...args: unknown[]): void => {
  const outer = path;
  path = [...outer, name];
  body(...args);
  path = outer;
};

/** `each` of vitest: a row that is an array gives the arguments, any other is the one argument. Names get the number of the row. */
const each =
  (one: (name: string, body: Body, ...args: unknown[]) => void) =>
  (rows: readonly unknown[]) =>
  (name: string, body: Body): void => {
    for (const [i, row] of rows.entries()) one(`${name} (${i + 1})`, body, ...(Array.isArray(row) ? row : [row]));
  };

export const it = Object.assign((name: string, body: Body): void => add(name, body), { each: each(add) });
export const test = it;
export const describe = Object.assign((name: string, body: Body): void => group(name, body), { each: each(group) });

/** The cases that a test file has; `load` imports it. */
export async function collected(load: () => Promise<unknown>): Promise<readonly Case[]> {
  cases = [];
  path = [];
  await load();
  return cases.splice(0);
}
