BEGIN TRANSACTION;
CREATE TABLE channels(id TEXT PRIMARY KEY, session_id TEXT NOT NULL, seq INTEGER NOT NULL, body TEXT NOT NULL);
INSERT INTO "channels" VALUES('c','01a211fb-db5b-75c2-88d9-1e5b1eec57b7',5,'{"id":"c","kind":"exec","command":"café","started_at":"2026-11-25T09:14:08.139509Z"}');
CREATE TABLE connections(id TEXT PRIMARY KEY, is_open INTEGER NOT NULL, body TEXT NOT NULL);
INSERT INTO "connections" VALUES('01a211fb-db65-7160-adb9-83440b852864',1,'{"id":"01a211fb-db65-7160-adb9-83440b852864","user":"alice","opened_at":"2026-11-25T09:14:08.101137Z"}');
CREATE TABLE events(seq INTEGER PRIMARY KEY, hash TEXT NOT NULL, type TEXT NOT NULL, time TEXT NOT NULL,
    session_id TEXT NOT NULL, line TEXT NOT NULL);
INSERT INTO "events" VALUES(1,'aaede5993b3ab8dc7be7c287d3e5ed6598bd53381dd028b8605c89459219afd9','chain.start','2026-11-25T09:14:08.091465Z','','{"v":1,"node":"gate-1","seq":1,"prev":"0000000000000000000000000000000000000000000000000000000000000000","time":"2026-11-25T09:14:08.091465Z","type":"chain.start","salt":"de60ae393bea30f85a242d0a8c8b354f","public_key":"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8ryYNkAoN2QhAVbWdDhBsApdVm1q74YohQNoUBg8Ey"}');
INSERT INTO "events" VALUES(2,'856cb7cba67ea9e9f90fcddee515c1ce5c7a3a593b370844fc00228bca7c7f6f','connection.open','2026-11-25T09:14:08.101137Z','','{"v":1,"node":"gate-1","seq":2,"prev":"aaede5993b3ab8dc7be7c287d3e5ed6598bd53381dd028b8605c89459219afd9","time":"2026-11-25T09:14:08.101137Z","type":"connection.open","salt":"1ff97f0fca004f119bcfb4a506ee4a52","connection_id":"01a211fb-db65-7160-adb9-83440b852864","user":"alice"}');
INSERT INTO "events" VALUES(3,'098db32bf5c76f0c9448df1365bbe5c4d46743e51696eb8c9eee5c85adca0c67','ssh_session.start','2026-11-25T09:14:08.126355Z','01a211fb-db5b-75c2-88d9-1e5b1eec57b7','{"v":1,"node":"gate-1","seq":3,"prev":"856cb7cba67ea9e9f90fcddee515c1ce5c7a3a593b370844fc00228bca7c7f6f","time":"2026-11-25T09:14:08.126355Z","type":"ssh_session.start","salt":"19e08646212b3d915de7950f59b1d7c7","session_id":"01a211fb-db5b-75c2-88d9-1e5b1eec57b7","user":"alice","workspace":"acme","host":{"inventory_name":"web-01","ansible_host":"192.0.2.1"}}');
INSERT INTO "events" VALUES(4,'6aa5214c09c0c41fdea4cf137ff40344f58777392bffb897c9d283c2b7342b02','host_key.pinned','2026-11-25T09:14:08.134665Z','01a211fb-db5b-75c2-88d9-1e5b1eec57b7','{"v":1,"node":"gate-1","seq":4,"prev":"098db32bf5c76f0c9448df1365bbe5c4d46743e51696eb8c9eee5c85adca0c67","time":"2026-11-25T09:14:08.134665Z","type":"host_key.pinned","salt":"4bd5b3acf9fd2f4a7730123854011e4d","session_id":"01a211fb-db5b-75c2-88d9-1e5b1eec57b7","workspace":"acme","host":"web-01","port":22,"key_type":"ssh-ed25519","key":"AAAA"}');
INSERT INTO "events" VALUES(5,'f80da40f4e42b82c635a6e1b7f5048379936c9209c8a609e64a634c8de930e6c','channel.start','2026-11-25T09:14:08.139509Z','01a211fb-db5b-75c2-88d9-1e5b1eec57b7','{"v":1,"node":"gate-1","seq":5,"prev":"6aa5214c09c0c41fdea4cf137ff40344f58777392bffb897c9d283c2b7342b02","time":"2026-11-25T09:14:08.139509Z","type":"channel.start","salt":"66a773c6cc831870cb8c2fa695696e8f","session_id":"01a211fb-db5b-75c2-88d9-1e5b1eec57b7","channel_id":"c","kind":"exec","command":"café"}');
INSERT INTO "events" VALUES(6,'616533a66da5dba09761e09cfc2c050b32fbd3267e5120358cadce5d236f89e8','ssh_session.end','2026-11-25T09:14:08.146730Z','01a211fb-db5b-75c2-88d9-1e5b1eec57b7','{"v":1,"node":"gate-1","seq":6,"prev":"f80da40f4e42b82c635a6e1b7f5048379936c9209c8a609e64a634c8de930e6c","time":"2026-11-25T09:14:08.146730Z","type":"ssh_session.end","salt":"e746489edc7db689d889c34d42664efa","session_id":"01a211fb-db5b-75c2-88d9-1e5b1eec57b7","end_reason":"exit"}');
INSERT INTO "events" VALUES(7,'5da85f6a44ea736b9cda3c47fe70acb70649fccee5f9ffc26e1ac32a655ed9da','checkpoint','2026-11-25T09:14:08.158248Z','','{"v":1,"node":"gate-1","seq":7,"prev":"616533a66da5dba09761e09cfc2c050b32fbd3267e5120358cadce5d236f89e8","time":"2026-11-25T09:14:08.158248Z","type":"checkpoint","salt":"24eb3a71f065d8ba11e81a01ea9b4c7e","signature":"-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgnyvJg2QCg3ZCEBVtZ0OEGwCl1W\nbWrvhiiFA2hQGDwTIAAAAUc2FsbHlwb3J0LWNoZWNrcG9pbnQAAAAAAAAABnNoYTUxMgAA\nAFMAAAALc3NoLWVkMjU1MTkAAABAOPmPMDpGF58M0MYzlCZ+zqaDu+8pBr8x899vd9qBQk\newTkRoQ5EgrilzR7dSRp9P46MlHIbg9WqsRc40XxL4BQ==\n-----END SSH SIGNATURE-----\n"}');
CREATE TABLE node(name TEXT PRIMARY KEY, value TEXT NOT NULL);
INSERT INTO "node" VALUES('beat','2026-03-24T10:12:03.000000Z');
CREATE TABLE pins(workspace TEXT NOT NULL, host TEXT NOT NULL, port INTEGER NOT NULL, key_type TEXT NOT NULL,
    key TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY(workspace, host, port, key));
INSERT INTO "pins" VALUES('acme','web-01',22,'ssh-ed25519','AAAA',4);
CREATE TABLE sessions(id TEXT PRIMARY KEY, seq INTEGER NOT NULL, user TEXT NOT NULL, workspace TEXT NOT NULL,
    host TEXT NOT NULL, address TEXT NOT NULL, started_at TEXT NOT NULL, ended_at TEXT NOT NULL, body TEXT NOT NULL);
INSERT INTO "sessions" VALUES('01a211fb-db5b-75c2-88d9-1e5b1eec57b7',3,'alice','acme','web-01','192.0.2.1','2026-11-25T09:14:08.126355Z','2026-11-25T09:14:08.146730Z','{"type":"ssh_session","id":"01a211fb-db5b-75c2-88d9-1e5b1eec57b7","workspace":"acme","user":"alice","host":{"inventory_name":"web-01","ansible_host":"192.0.2.1"},"started_at":"2026-11-25T09:14:08.126355Z","ended_at":"2026-11-25T09:14:08.146730Z","end_reason":"exit"}');
CREATE INDEX events_by_session ON events(session_id, seq);
CREATE INDEX events_by_type ON events(type, seq);
CREATE INDEX sessions_by_seq ON sessions(seq);
CREATE INDEX sessions_by_host ON sessions(host, seq);
CREATE INDEX sessions_by_address ON sessions(address, seq);
CREATE INDEX sessions_by_user ON sessions(user, seq);
CREATE INDEX channels_by_session ON channels(session_id, seq);
CREATE INDEX connections_open ON connections(is_open) WHERE is_open = 1;
COMMIT;
PRAGMA user_version = 1;
