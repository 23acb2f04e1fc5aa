/** Goes through a run and asks the properties about every step. */
import type { Environment, Profile, Step } from '../../spec/index.ts';
import { conservation } from './conservation.ts';
import { frame } from './frame.ts';
import { Ledger } from './ledger.ts';
import { locksAndCounters, type Sums } from './locks.ts';
import { Memory } from './memory.ts';
import { Kinds, type Moment } from './moment.ts';
import { noEffect } from './no-effect.ts';
import { type Outcome, outcomeOf, seenByLoad } from './outcome.ts';
import { prefix } from './prefix.ts';
import { allOnSuccess } from './success.ts';
import { type Answer, type Applied, count, nothingApplied, type Property, type Violation } from './violation.ts';

/** Where mappings were not looked at: nothing can be told of the step, and nothing is known afterwards. */
const NOTHING_TOLD: Outcome = { candidates: [], fitting: [], memory: new Memory(), mismatches: [], compared: [] };

const START = { mappings: [], present: [] };

/** What each property says of a step, in the order of the list. */
const ASKED: readonly (readonly [Property, (moment: Moment, outcome: Outcome) => Answer])[] = [
  ['conservation', conservation],
  ['prefix', prefix],
  ['all on success', allOnSuccess],
  ['frame', frame],
  ['no effect', noEffect],
];

/**
 * What breaks the properties that need no oracle but the metamorphic one, in the order in which it was seen. Steps are those of one
 * program from its start. `applied` counts how often each property was asked.
 */
export function violations(
  environment: Environment,
  profile: Profile,
  steps: readonly Step[],
  applied: Applied = nothingApplied(),
): readonly Violation[] {
  const found: Violation[] = [];
  const kinds = new Kinds();
  const ledger = new Ledger(environment);
  const sums: Sums = new Map();
  let memory = new Memory();
  let last: Step['seen'] = START;
  steps.forEach((step, index) => {
    const { mappings: before } = last;
    const { mappings: after } = step.seen;
    const moment: Moment = { environment, profile, index, step, before, after, last, memory, kinds };
    const outcome = before === undefined || after === undefined ? NOTHING_TOLD : outcomeOf(moment, before, after);
    ledger.take(step);
    const answer = (property: Property, said: Answer): void => {
      count(applied, property, said);
      if (said !== undefined && said !== 'blind') found.push(...said);
    };
    for (const [property, ask] of ASKED) answer(property, ask(moment, outcome));
    answer('locks and counters', locksAndCounters(moment, outcome, ledger, sums));
    kinds.take(step, environment.pageSize);
    memory = remembered(moment, outcome);
    last = step.seen;
  });
  return found;
}

/** What is known of contents after the step. */
function remembered(moment: Moment, outcome: Outcome): Memory {
  const { step, index } = moment;
  const { present, touched, mappings } = step.seen;
  if (mappings === undefined || moment.before === undefined) return new Memory();
  const { memory } = outcome;
  const loaded = seenByLoad(moment);
  if (loaded?.content !== undefined) memory.learn(loaded.page, loaded.content, index);
  for (const { page, content } of present ?? []) if (content !== undefined) memory.learn(page, content, index);
  for (const { page, content } of touched ?? []) if (content !== undefined) memory.learn(page, content, index);
  return memory;
}
