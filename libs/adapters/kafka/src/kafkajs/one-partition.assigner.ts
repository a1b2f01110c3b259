import kafkajs, { type PartitionAssigner } from 'kafkajs';

const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol;
const VERSION = 0;

/**
 * Gives every member exactly one partition: in a group of one, the library's nearest thing to reading a partition
 * without a group.
 */
export function onePartitionAssigner(topic: string, partition: number): PartitionAssigner {
  const userData = Buffer.alloc(0);
  const name = `one-partition-${partition}`;
  return () => ({
    name,
    version: VERSION,
    async assign({ members }) {
      const assignment = { [topic]: [partition] };
      const memberAssignment = MemberAssignment.encode({ version: VERSION, assignment, userData });
      return members.map(({ memberId }) => ({ memberId, memberAssignment }));
    },
    protocol: ({ topics }) => ({ name, metadata: MemberMetadata.encode({ version: VERSION, topics, userData }) }),
  });
}
