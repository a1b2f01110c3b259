import './webassembly-flags.ts';

export * as cedar from '@cedar-policy/cedar-wasm/nodejs';
