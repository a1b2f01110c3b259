import { createMeeting } from './meeting.ts';

describe('after a start', () => {
  it('nobody waits for an upstream that says nothing beyond the end', async () => {
    const meeting = createMeeting({ isRecorded: () => false });
    const waiting = Promise.all([meeting.heard('silent'), meeting.heard(null)]);
    meeting.end();
    await waiting;
    await Promise.all([meeting.heard('silent'), meeting.heard(null)]);
  });

  it('an upstream that is on record is not waited for, nor for others', async () => {
    const recorded = new Set(['early']);
    const meeting = createMeeting({ isRecorded: (id) => recorded.has(id) });
    await meeting.heard('early');
    const late = meeting.heard('late');
    recorded.add('late');
    await late;
  });
});
