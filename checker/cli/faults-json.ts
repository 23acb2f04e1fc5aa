/** The programs of `faults --json`; the shape stands in schema-faults.ts. */
import { type Class, type Enumerated, type Outcome, rowsOf, type Sets } from '../faults/index.ts';
import { printCall, printResult } from '../program/index.ts';
import type { Finding } from '../run/index.ts';

const outcomeData = (name: Parameters<typeof printResult>[0], outcome: Outcome): object => ({
  result: printResult(name, outcome.result),
  ...(outcome.moved === undefined ? {} : { moved: outcome.moved, pieces: outcome.pieces }),
  ...(outcome.sourceKept ? { sourceKept: true } : {}),
  ...(outcome.destination === undefined ? {} : { destination: outcome.destination }),
});

/** One program with all calls in which something could fail. */
export function enumeratedData(
  enumerated: Enumerated,
  sets: readonly Sets[],
  isKnown: (finding: Finding) => boolean,
): object {
  const calls = enumerated.calls.map((shortage) => {
    const { index, step } = shortage;
    const { name } = step.call;
    const held = sets.find((one) => one.index === index);
    const alone = (c: Class): object => ({
      numbers: c.numbers,
      ...outcomeData(name, c.outcome),
      ...(c.explained === undefined ? {} : { explained: c.explained.id }),
    });
    return {
      index,
      call: printCall(step.call),
      outcomes: rowsOf(shortage, isKnown).map(({ numbers, outcome, judged }) => ({
        numbers,
        ...outcomeData(name, outcome),
        verdict: judged,
      })),
      ...(shortage.untried === undefined ? {} : { untried: shortage.untried }),
      ...(held === undefined
        ? {}
        : {
            model: {
              same: held.same,
              kernelOnly: held.kernelOnly.map(alone),
              modelOnly: held.modelOnly.map(alone),
            },
          }),
    };
  });
  return { file: enumerated.origin, calls };
}
