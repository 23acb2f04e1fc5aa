/** The seventh property: what a machine does with a program, held against what it does with the program's variants. */
import type { Machine, Run } from '../machine.ts';
import type { Program } from '../program/index.ts';
import { type MetamorphicViolation, metamorphic } from '../properties/index.ts';
import { CORPUS_LOOKS, type Court, type Finding, judgeRun, resultWord, type Sourced } from '../run/index.ts';
import { type DeviationSource, type Judged, judgedOf, type Shown, shownBy } from '../shrink/index.ts';
import { findingAt, type IsKnown } from './property.ts';
import type { Label } from './source.ts';

/** The word in signatures of such findings. */
export const METAMORPHIC = 'property metamorphic';

/**
 * For each program its variants that differ where they must not, as findings. A known finding in either explains what differs.
 * Rejects only when the machine is lost.
 */
export const variantSource = (
  court: Court,
  machine: Machine,
  origin: string,
  isKnown: IsKnown,
  label: Label = {},
): DeviationSource<Judged> => ({
  environment: machine.environment,
  deviations: async (programs) => {
    const found = await metamorphic(machine, court.profile, programs);
    const runs = await machine.run(programs, CORPUS_LOOKS);
    const shown: Shown<Judged>[] = [];
    for (const [i, program] of programs.entries()) {
      const findings: Finding[] = [];
      const run = runs[i];
      const differing = found[i] ?? [];
      if (run === undefined || differing.length === 0 || hasKnown(court, program, run, isKnown)) {
        shown.push(shownBy(run, () => []));
        continue;
      }
      for (const differs of differing) {
        const [other] = await machine.run([differs.variant], CORPUS_LOOKS);
        if (other === undefined || hasKnown(court, differs.variant, other, isKnown)) continue;
        findings.push({ ...variantFinding(court, { program, origin }, run, differs), ...label });
      }
      shown.push(shownBy(run, () => findings.map(judgedOf)));
    }
    return shown;
  },
});

/** A difference between a program and its variant as a finding. */
export function variantFinding(
  court: Court,
  sourced: Sourced,
  run: Run,
  { kind, index, page, seen, allowed }: MetamorphicViolation,
): Finding {
  const { call, result } = run.steps[Math.min(index, run.steps.length - 1)]!;
  const signature = `${call.name}: ${METAMORPHIC} (${kind}), seen ${resultWord(result)}`;
  const differences = [{ aspect: kind, ...(page === undefined ? {} : { page }), seen, allowed }];
  const found = { kind: 'property', index, signature, differences, allowed: [] } as const;
  return { ...findingAt(court, sourced, run, found), program: sourced.program };
}

/** Whether something known shows in a run: that may explain what differs. */
export const hasKnown = (court: Court, program: Program, run: Run, isKnown: IsKnown): boolean =>
  judgeRun(court, program, run, 'variant').findings.some(isKnown);
