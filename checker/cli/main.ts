import { ERRNO } from '../../spec/index.ts';

console.log('hello', process.version, ERRNO.EPERM, process.argv.slice(2), import.meta.dirname);
