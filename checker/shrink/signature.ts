/** The words by which a shrunk program is told to show the same as the one that it comes from. */
import { allowedWord, type Finding, resultWord } from '../run/index.ts';

/**
 * `mremap: boundary, flags lo; seen value, allowed value; mremap/left-mapped`: the call, all aspects that differ, what came back and
 * what might have, the rule that decided. More than what groups findings: a minimal program must not slide from one cause to another
 * that only begins in the same way.
 */
export function strictSignature({ kind, step, verdict, signature }: Finding): string {
  // Only what the contract says has more to it than groups findings.
  if (kind !== 'forbidden') return signature;
  const aspects = [...new Set(verdict.differences.map((d) => d.aspect))].sort().join(', ');
  const allowed = [...new Set(verdict.allowed.map(allowedWord))].sort().join(' or ');
  const rule = verdict.rules.at(-1) ?? 'no rule';
  return `${step.call.name}: ${aspects}; seen ${resultWord(step.result)}, allowed ${allowed || 'nothing'}; ${rule}`;
}
