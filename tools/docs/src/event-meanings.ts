import type { EventType } from '@sallyport/contracts';

/** What each event says, in one sentence, and the stream that it stands in. A new event without a line does not compile. */
export const eventMeanings: Readonly<Record<EventType, { readonly stream: string; readonly says: string }>> = {
  'call.decided': {
    stream: 'call/<id>',
    says: 'A call was allowed, denied or held. All verdicts are inside: the decision is one fact, not a join.',
  },
  'call.completed': {
    stream: 'call/<id>',
    says: 'The upstream gave a result; what the sanitizers changed is counted.',
  },
  'call.failed': {
    stream: 'call/<id>',
    says: 'The call was sent, and no usable result came. It may have acted.',
  },
  'call.not_run': { stream: 'call/<id>', says: 'The call was allowed and certainly not run.' },
  'call.outcome_unknown': {
    stream: 'call/<id>',
    says: 'The process ended between decision and outcome. The call may have run, and may yet run; a late outcome is legal.',
  },
  'client_request.decided': {
    stream: 'call/<id>',
    says: 'The upstream asked something of the client while the call ran: it is put before the client, or refused. Recorded before the client hears of it.',
  },
  'client_request.answered': {
    stream: 'call/<id>',
    says: 'What the client answered, and whether the upstream is given it. Recorded before the upstream hears of it.',
  },
  'call.refusals_coalesced': {
    stream: 'tenant/<id>',
    says: 'Equal refusals as one event with their count: beyond 200 at once and 5 a second of one subject, or 500 at once and 50 a second of one tenant, or of calls that audit had no room for. Of one subject three kinds at a time are named, the others stand together as `_various`; while it goes on, the wait to the next doubles, up to a minute.',
  },
  'approval.requested': {
    stream: 'approval/<id>',
    says: 'A call was held, and people are asked. Same commit as the hold.',
  },
  'approval.opened': {
    stream: 'approval/<requester>',
    says: 'A question of this requester was opened. Same commit as the question: there is one at a time, so each is counted against the limit.',
  },
  'approval.voted': { stream: 'approval/<id>', says: 'A person who may vote said yes or no.' },
  'approval.consumed': { stream: 'approval/<id>', says: 'The approval was used, once. Same commit as the allow.' },
  'approval.expired': {
    stream: 'approval/<id>',
    says: 'The time to decide or to execute is over, or a newer one took its place.',
  },
  'approval.cancelled': { stream: 'approval/<id>', says: 'Taken back by the person who asked.' },
  'gateway.started': {
    stream: 'tenant/_system',
    says: 'A process began, with these digests of configuration, guards and policies.',
  },
  'gateway.stopped': { stream: 'tenant/_system', says: 'A process ended in order.' },
  'config.reloaded': { stream: 'tenant/_system', says: 'The configuration was reloaded.' },
  'policy.activated': { stream: 'tenant/_system', says: 'Another set of policies is in force.' },
  'definition.offered': {
    stream: 'definition/<upstream>/<tool>',
    says: 'An upstream offers a definition that nobody approved, or another than the approved one: of a tool, or (`kind`) what it says of itself.',
  },
  'definition.approved': {
    stream: 'definition/<upstream>/<tool>',
    says: 'A definition was approved; the approved copy is inside, unless it is too large.',
  },
  'upstream.first_used': {
    stream: 'definition/<upstream>',
    says: 'An upstream with `trust_on_first_use` offered tools for the first time: these, and none that come later, may be approved without a person.',
  },
  'definition.withdrawn': { stream: 'definition/<upstream>/<tool>', says: 'The upstream offers it no more.' },
  'request.refused': {
    stream: 'tenant/<id>',
    says: 'A request of a known subject never became a call: not strict JSON, no such method, headers that disagree, too many attempts. Beyond some of each subject, equal ones stand as one event with their count, as `call.refusals_coalesced` do.',
  },
  'upstream.request_refused': {
    stream: 'tenant/_system',
    says: 'An upstream asked something of a client outside of any call, or where nobody knows for which call: refused. A flood stands as one event with its count.',
  },
  'subject.erased': {
    stream: 'tenant/<id>',
    says: 'A person was erased, with this event: the key of their sealed values, which nobody can open any more, and the name of the pseudonym.',
  },
  'calls.swept': {
    stream: 'tenant/<id>',
    says: 'Every call up to this sequence has an outcome, but those of processes that live.',
  },
  'tenant.onboarded': {
    stream: 'registry/tenants',
    says: 'A tenant was onboarded, with its issuers and quotas.',
  },
  'tenant.changed': {
    stream: 'registry/tenants',
    says: 'Name, issuers or quotas of a tenant changed; all of it as it stands from here on.',
  },
  'switch.thrown': {
    stream: 'registry/switches',
    says: 'A tenant, a tool or an agent was switched off, a tool or an agent for one tenant or for all.',
  },
  'switch.cleared': { stream: 'registry/switches', says: 'And on again.' },
  'connection.made': {
    stream: 'tenant/<id>',
    says: 'A user signed in at an upstream (`auth.type: authorization_code`), and their tokens are kept for their own calls. Tokens never stand in the record.',
  },
  'connection.removed': { stream: 'tenant/<id>', says: 'What was kept of a user’s sign-in was removed, and by whom.' },
  'connection.lost': {
    stream: 'tenant/<id>',
    says: 'The authorization server or the upstream takes a user’s tokens no more, so that they have to sign in again.',
  },
  'message.rejected': {
    stream: 'tenant/_system',
    says: 'A message between the services was forged or skipped a station. Nothing of it was acted on; a flood stands as one event with its count.',
  },
  'admin.acted': {
    stream: 'tenant/<id>',
    says: 'Somebody used the admin API for an act, or was refused it. Beyond some of each subject, refusals of one act for one reason stand as one event with their count, as `call.refusals_coalesced` do.',
  },
};
