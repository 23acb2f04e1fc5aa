/** Profiles: which rules hold. `documented` knows the manual pages alone; the others are one kernel each. */

/** A kernel version as one comparable number: 6.18 is 6018. */
export type Version = number;

/** `6.18`, `6.18.44-generic`, `7.2-rc1` → 6018, 6018, 7002; `undefined` for anything else. */
export const parseVersion = (text: string): Version | undefined => {
  const match = /^(\d+)\.(\d+)/.exec(text);
  return match ? Number(match[1]) * 1000 + Number(match[2]) : undefined;
};

export interface Profile {
  readonly name: string;
  /** `undefined`: the manual pages. */
  readonly version: Version | undefined;
}

const kernel = (release: string): Profile => ({ name: `linux-${release}`, version: parseVersion(release) });

/** Oldest first; `documented` before all kernels. */
export const PROFILES: readonly Profile[] = [
  { name: 'documented', version: undefined },
  kernel('6.1'),
  kernel('6.12'),
  kernel('6.16'),
  kernel('6.17'),
  kernel('6.18'),
  kernel('7.0'),
  kernel('7.1'),
  kernel('7.2'),
  kernel('7.3'),
];

export const profileNamed = (name: string): Profile | undefined => PROFILES.find((p) => p.name === name);

/** The newest profile that is not newer than the release; the oldest kernel's for an older or unreadable one. */
export const profileFor = (release: string): Profile => {
  const kernels = PROFILES.filter((p) => p.version !== undefined);
  const version = parseVersion(release) ?? 0;
  const known = kernels.filter((p) => (p.version as Version) <= version);
  return (known.at(-1) ?? kernels[0]) as Profile;
};
