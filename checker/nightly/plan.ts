/** What a night consists of: command lines, in order. */
import type { Config } from './config.ts';

export interface Stage {
  /** The command and what it runs on, e.g. `fuzz model`. */
  readonly name: string;
  /** The command line without its seed and time. */
  readonly args: readonly string[];
  /** Its part of the time that is divided; 0: it takes what it takes. */
  readonly share: number;
  /** Begun again, it goes on where it was; otherwise it is given another seed. */
  readonly resumes: boolean;
}

const common = ({ profile }: Config): readonly string[] => [
  '--json',
  ...(profile === undefined ? [] : ['--profile', profile]),
];
const threads = ({ jobs }: Config): readonly string[] => (jobs === undefined ? [] : ['--jobs', `${jobs}`]);

/** The machine that a command needs for what runs on this one. */
const isLive = (machine: string): boolean => machine === 'kernel' || machine === 'both';

/** The corpus on each machine, with the canary of `check`; the scope; fuzzing on each machine. `folder`: of all nights. */
export function planOf(config: Config, folder: string): readonly Stage[] {
  const { machines, shares, scope } = config;
  const rest = common(config);
  const corpus = machines.map((machine): Stage => {
    const args =
      machine === 'model'
        ? ['replay', 'corpus', '--machine', 'model', ...rest]
        : ['check', '--no-report', '--programs', '0', ...(isLive(machine) ? [] : ['--machine', machine]), ...rest];
    return { name: `${args[0]} ${machine}`, args, share: 0, resumes: true };
  });
  const explored: Stage = {
    name: `explore ${scope}`,
    args: [
      'explore',
      scope,
      '--no-report',
      '--checkpoint',
      `${folder}/explored`,
      '--corpus',
      `${folder}/new`,
      ...threads(config),
      ...rest,
    ],
    share: shares.explore,
    resumes: true,
  };
  const fuzzed = machines.map((machine): Stage => {
    const faults = machine === 'kernel' || machine.startsWith('vm:') ? [] : ['--faults'];
    const args = [
      'fuzz',
      '--no-report',
      '--machine',
      machine,
      ...faults,
      '--corpus',
      `${folder}/new`,
      ...threads(config),
      ...rest,
    ];
    return { name: `fuzz ${machine}`, args, share: shares.fuzz / machines.length, resumes: false };
  });
  return [...corpus, explored, ...fuzzed].filter(
    ({ share, args }) => share > 0 || args[0] === 'check' || args[0] === 'replay',
  );
}

/** Seconds for a stage out of what is left, where the ones behind it have their shares as well; at least 1. */
export function secondsFor(stages: readonly Stage[], at: number, left: number): number {
  const shares = stages.slice(at).map(({ share }) => share);
  const all = shares.reduce((sum, share) => sum + share, 0);
  return all === 0 ? 0 : Math.max(1, Math.floor((left * (shares[0] as number)) / all));
}

/** Seeds of further attempts are far from those of other nights. */
const APART = 2 ** 20;

/** The seed of a stage: of the night, and another one for each attempt that cannot be gone on with. */
export const seedOf = ({ seed }: Config, night: number, stage: Stage, attempt: number): number =>
  seed + night - 1 + (stage.resumes ? 0 : attempt * APART);
