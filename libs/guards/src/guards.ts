import { authorization } from './authorization/authorization.guard.ts';
import { confirmation } from './confirmation/confirmation.guard.ts';
import { definitionPin } from './definition-pin/definition-pin.guard.ts';
import { killSwitch } from './kill-switch/kill-switch.guard.ts';
import { limits } from './limits/limits.guard.ts';
import { normalForm } from './normal-form/normal-form.guard.ts';
import { repeatedCall } from './repeated-call/repeated-call.guard.ts';
import { signIn } from './sign-in/sign-in.guard.ts';
import { strictInput } from './strict-input/strict-input.guard.ts';
import { visibility } from './visibility/visibility.guard.ts';

/**
 * Judged top to bottom. Adding a guard is one folder and one line here. Visibility is first, since what a schema says of
 * wrong arguments, and what a switch says of a tool, would tell a hidden tool from an unknown one.
 */
export const guards = [
  visibility,
  killSwitch,
  strictInput,
  normalForm,
  definitionPin,
  signIn,
  limits,
  repeatedCall,
  authorization,
  confirmation,
] as const;
