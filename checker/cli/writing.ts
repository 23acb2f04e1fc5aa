/** Findings of a run go into the corpus while it goes on. */
import { join } from 'node:path';
import { against } from '../../reports/index.ts';
import type { Environment, Profile } from '../../spec/index.ts';
import { CorpusWriter, machineWords } from '../corpus/index.ts';
import type { ShrunkReport } from '../fuzz/index.ts';
import type { Finding } from '../run/index.ts';
import { strictSignature } from '../shrink/index.ts';
import type { Session } from './session.ts';

/** Where they go (default: corpus/new of the package), the date that they are given, and the machine that showed them unless they say it themselves. */
export interface Where {
  readonly corpus?: string;
  readonly date?: string;
  readonly name: string;
}

/** Where findings go, at once and then simple; the folder is made with the first one. */
export function writerOf(
  { host }: Session,
  { corpus, date, name: usual }: Where,
  environment: Environment,
  profile: Profile,
) {
  const writer = new CorpusWriter(corpus ?? join(host.home, 'corpus/new'));
  const dated = date === undefined ? {} : { date };
  /** Files of findings that are not simple yet. */
  const drafts = new Map<Finding, string>();
  const found = (finding: Finding): void => {
    const name = finding.machine ?? usual;
    const once = { reproduced: 1, runs: 1, results: [], environment, explanation: [against(finding)] };
    const { program, origin } = finding;
    const signature = strictSignature(finding);
    const words = machineWords({ name, environment });
    const file = writer.draft({ ...once, program, origin, signature, machine: words, profile: profile.name, ...dated });
    if (file !== undefined) drafts.set(finding, file);
  };
  const write = ({ record, finding }: ShrunkReport, first: Finding): void => {
    const simple = { ...record, explanation: [against(finding)], ...dated };
    const draft = drafts.get(first);
    if (draft === undefined) writer.add(simple);
    else writer.settle(draft, simple);
  };
  return { writer, found, write };
}
