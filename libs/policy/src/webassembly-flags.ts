import { setFlagsFromString } from 'node:v8';

// Before Cedar's module is compiled. Inlined calls between JavaScript and it are slower, not faster.
setFlagsFromString('--no-turbo-inline-js-wasm-calls');
// What V8 frees of replaced WebAssembly code it may have freed before, and then it ends the process (nodejs/node#64500). Kept,
// that code is some megabytes at most: no function is compiled more than twice.
setFlagsFromString('--no-wasm-code-gc');
