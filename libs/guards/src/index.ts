export { type Asker, askers } from './confirmation/askers.ts';
export { guards } from './guards.ts';
export { guardsDigest } from './guards-digest.ts';
export { sameSettings, settingsDigest, settingsOf } from './settings-digest.ts';
export { defineGuard, type GuardDefinition } from './define-guard.ts';
export { allow, deny, hold, pass } from './opinions.ts';
export { noSuchTool, probeEnvelope } from './probe-envelope.ts';
export { argumentFacts } from './argument-facts.ts';
export { type BudgetKeeper, type BudgetKeeperParts, createBudgetKeeper } from './limits/budget-keeper.ts';
