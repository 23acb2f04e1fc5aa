/** For tests: every valid program, with every call and every form of operand, header, comment and expectation. */
import fc from 'fast-check';
import { ARGUMENTS, CALL_NAMES, type CallName, ERRNO, type Errno, errnoName, type Result } from '../../spec/index.ts';
import { ALL, type Kind } from './kinds.ts';
import { COUNTERS, type Line, MAX_FAULT, type Operand, type Program } from './program.ts';
import { argumentKinds, SYNTAX } from './syntax.ts';

const anyOffset = fc.bigInt({ min: 0n, max: ALL });

/** Values where writing changes its mind: zero, signs, multiples of 1024, every bit. */
const notable = fc.oneof(
  fc.constantFrom(0n, 1n, 1023n, 1024n, 1025n, 4096n, 8192n, 1n << 63n, (1n << 63n) - 1n, ALL, ALL - 4095n, ALL - 1n),
  fc.nat({ max: 63 }).map((bit) => 1n << BigInt(bit)),
  fc.bigInt({ min: 0n, max: 0x200000n }),
);

/** Named values of a kind, joined and not, with and without bits that have no name. */
function constantOf(kind: Kind): fc.Arbitrary<bigint> {
  if (kind.names.length === 0) return fc.oneof(notable, anyOffset);
  const named = fc.constantFrom(...kind.names.map((name) => name.value));
  const joined = fc.array(named, { maxLength: 5 }).map((values) => values.reduce((a, b) => a | b, 0n));
  const more = fc.tuple(joined, notable).map(([a, b]) => a | b);
  return fc.oneof(named, joined, more, notable, anyOffset);
}

function operandOf(kind: Kind, position: number): fc.Arbitrary<Operand> {
  const constant = constantOf(kind).map((offset): Operand => ({ base: null, offset }));
  const offset = fc.oneof(notable, anyOffset);
  const counter = fc.record({ base: fc.constantFrom(...COUNTERS), offset });
  if (position === 0) return fc.oneof({ arbitrary: constant, weight: 4 }, counter);
  const result = fc.record({ base: fc.nat({ max: position - 1 }), offset });
  return fc.oneof({ arbitrary: constant, weight: 4 }, { arbitrary: result, weight: 3 }, counter);
}

const errno = fc.oneof(
  fc.constantFrom(...(Object.keys(ERRNO) as Errno[])),
  fc
    .integer({ min: 1, max: 4095 })
    .filter((n) => errnoName(n) === undefined)
    .map((n): `errno ${number}` => `errno ${n}`),
);

/** Every result that a call can have. */
export function resultOf(name: CallName): fc.Arbitrary<Result> {
  const value = fc.oneof(notable, anyOffset).map((v): Result => ({ kind: 'value', value: v }));
  const failure =
    SYNTAX[name].fails === 'errno'
      ? errno.map((e): Result => ({ kind: 'error', errno: e }))
      : fc.constantFrom<Result>({ kind: 'signal', signal: 'SIGSEGV' }, { kind: 'signal', signal: 'SIGBUS' });
  const end = fc.constantFrom<Result>(
    { kind: 'hung' },
    { kind: 'died', signal: 'SIGKILL' },
    { kind: 'died', signal: 'exit 3' },
  );
  return fc.oneof(value, failure, end);
}

/** A comment line: anything without line breaks and trailing space, sometimes what looks like a header or a call. */
const comment = fc
  .oneof(
    fc.constantFrom('', 'family: x', ' indented', '# twice', 'load(r0)', 'key:', 'two words: no key', 'a\tb'),
    fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\n', ' ')),
  )
  .map((text) => text.trimEnd());

const header = fc.record({
  key: fc.stringMatching(/^[a-z][a-z0-9-]{0,9}$/),
  value: fc
    .oneof(fc.constantFrom('x', 'a: b', 'one # two'), fc.string({ unit: 'binary' }))
    .map((text) => text.replaceAll('\n', ' ').trim() || 'x'),
});

function lineAt(position: number): fc.Arbitrary<Line> {
  return fc.constantFrom(...CALL_NAMES).chain((name) =>
    fc
      .record({
        operands: fc.tuple(...argumentKinds(name).map((kind) => operandOf(kind, position))),
        expect: fc.option(resultOf(name), { nil: undefined }),
        comments: fc.array(comment, { maxLength: 2 }),
      })
      .map(({ operands, expect, comments }) => ({
        name,
        operands,
        ...(expect === undefined ? {} : { expect }),
        ...(comments.length === 0 ? {} : { comment: comments }),
      })),
  );
}

/** A valid program of at most `most` lines, in which nothing is made to fail. */
export function programs(most = 8): fc.Arbitrary<Program> {
  const lines = fc
    .nat({ max: most })
    .chain((length) => fc.tuple(...Array.from({ length }, (_, position) => lineAt(position))));
  return fc
    .record({ header: fc.array(header, { maxLength: 3 }), lines, trailing: fc.array(comment, { maxLength: 2 }) })
    .map(({ trailing, ...program }) => (trailing.length === 0 ? program : { ...program, trailing }));
}

/** A valid program with inner steps that are made to fail. */
export const faulty: fc.Arbitrary<Program> = programs().chain((program) =>
  fc
    .tuple(...program.lines.map(() => fc.option(fc.integer({ min: 1, max: MAX_FAULT }), { nil: undefined })))
    .map((faults) => ({
      ...program,
      lines: program.lines.map((line, i) => (faults[i] === undefined ? line : { ...line, fault: faults[i] })),
    })),
);

/** A call with constant arguments, as a machine sees it. */
export const calls: fc.Arbitrary<{ name: CallName; args: bigint[] }> = fc
  .constantFrom(...CALL_NAMES)
  .chain((name) => fc.tuple(fc.constant(name), fc.tuple(...argumentKinds(name).map(constantOf))))
  .map(([name, args]) => ({ name, args }))
  .filter(({ name, args }) => args.length === ARGUMENTS[name].length);
