// For mongosh (compose.yaml): makes the three servers one replica set, and waits for its primary.
/* global rs, db, sleep */
try {
  rs.status();
} catch {
  rs.initiate({
    _id: 'rs0',
    members: [
      { _id: 0, host: 'mongo1' },
      { _id: 1, host: 'mongo2' },
      { _id: 2, host: 'mongo3' },
    ],
  });
}
while (!db.hello().primary) sleep(200);
