/** What programs did to their address spaces, as a log of system calls tells it, held to the contract. */
export { decide } from './decide.ts';
