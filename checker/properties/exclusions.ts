/** Why some variants of some programs prove nothing: facts of the kernel by which the variant may rightly differ. */
export const EXCLUSIONS = {
  'map count': 'fill_mappings leaves so little room for mappings that one more boundary makes a call fail',
  'zero device': 'a private mapping of /dev/zero shows an offset, and a move of one that was never written changes it',
  sealed: 'a sealed mapping cannot be moved, and what cannot be moved cannot be moved back',
  registered:
    'a move takes the registration with userfaultfd away unless the context asked for remap events, and a registered mapping moves alone only',
  'custom placement': 'mappings of a file that places itself move alone only, not as pieces',
  'several before 6.17': 'kernels before 6.17 move one mapping at a time',
  'destination in use': 'what stands at the destination is lost, and something else stands at another one',
  'huge pages': 'huge pages move in wholes and to aligned places: pieces and distances are not free',
  'not dumped': 'MADV_DODUMP afterwards would end what an earlier MADV_DONTDUMP began',
  'lengths as given':
    'kernels before 6.17 compare the lengths of MREMAP_DONTUNMAP as they are given, and the manual does not say',
  'not joined':
    'neighbours that could be one mapping and are none may become one when a part of one is changed and changed back',
  'names taken': 'a content that is stored is also that of the file, or too large to be exact, or comes from a result',
  scarce: 'memory was short in the call, and is not in the variant',
  'out of sight': 'the destination lies outside the window: nobody sees what is there, or may be put there',
  'no room': 'there is no free place in the window, or none outside of the old range',
} as const;
export type Reason = keyof typeof EXCLUSIONS;
