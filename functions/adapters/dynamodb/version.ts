/** Holds for an item that is not there yet. */
export const ifNew = { ConditionExpression: 'attribute_not_exists(pk)' };

/** Holds while the item is as it was read. */
export function ifVersion(version: number) {
  return {
    ConditionExpression: '#version = :version',
    ExpressionAttributeNames: { '#version': 'version' },
    ExpressionAttributeValues: { ':version': version },
  };
}

/** As ifVersion, for items whose stored versions begin with 1: version 0 is what was not there. */
export function ifNewOrVersion(version: number) {
  return version === 0 ? ifNew : ifVersion(version);
}
