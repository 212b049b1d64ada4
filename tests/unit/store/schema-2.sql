BEGIN TRANSACTION;
CREATE TABLE channels(id TEXT PRIMARY KEY, session_id TEXT NOT NULL, seq INTEGER NOT NULL, body TEXT NOT NULL);
INSERT INTO "channels" VALUES('c','01a212d4-b40f-7662-ab41-1a855c6f2059',5,'{"id":"c","kind":"exec","command":"café","started_at":"2026-11-25T13:10:59.362577Z"}');
CREATE TABLE connections(id TEXT PRIMARY KEY, is_open INTEGER NOT NULL, body TEXT NOT NULL);
INSERT INTO "connections" VALUES('01a212d4-b416-7a9b-9ce9-826f05650f67',1,'{"id":"01a212d4-b416-7a9b-9ce9-826f05650f67","user":"alice","opened_at":"2026-11-25T13:10:59.350695Z"}');
CREATE TABLE events(seq INTEGER PRIMARY KEY, hash TEXT NOT NULL, type TEXT NOT NULL, time TEXT NOT NULL,
    session_id TEXT NOT NULL, line TEXT NOT NULL);
INSERT INTO "events" VALUES(1,'2c8aa5b1fae761fe9c5971d4ebb2ce5f514f7c7e2e11a8b65bd1cf16fdf2a5cc','chain.start','2026-11-25T13:10:59.343461Z','','{"v":1,"node":"gate-1","seq":1,"prev":"0000000000000000000000000000000000000000000000000000000000000000","time":"2026-11-25T13:10:59.343461Z","type":"chain.start","salt":"b20643be7778b76d4ef03941739d827b","public_key":"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAMomROKbeyCW+IhQ0T5MTaTj5xp0ocFw6+gq0L5zJ9G"}');
INSERT INTO "events" VALUES(2,'4ac0c6a2a2205f0f6e673a4817baf456a2ac6ef1324f5700f3d861301b779098','connection.open','2026-11-25T13:10:59.350695Z','','{"v":1,"node":"gate-1","seq":2,"prev":"2c8aa5b1fae761fe9c5971d4ebb2ce5f514f7c7e2e11a8b65bd1cf16fdf2a5cc","time":"2026-11-25T13:10:59.350695Z","type":"connection.open","salt":"786f958747d9bc79ede8c09436347665","connection_id":"01a212d4-b416-7a9b-9ce9-826f05650f67","user":"alice"}');
INSERT INTO "events" VALUES(3,'245f797eb199b201f48ba759a86035acc233e5dc142498859e3f9ec269b1b59a','ssh_session.start','2026-11-25T13:10:59.354565Z','01a212d4-b40f-7662-ab41-1a855c6f2059','{"v":1,"node":"gate-1","seq":3,"prev":"4ac0c6a2a2205f0f6e673a4817baf456a2ac6ef1324f5700f3d861301b779098","time":"2026-11-25T13:10:59.354565Z","type":"ssh_session.start","salt":"3abb9a437e549bfcd838bd17dc222dc1","session_id":"01a212d4-b40f-7662-ab41-1a855c6f2059","user":"alice","workspace":"acme","host":{"inventory_name":"web-01","ansible_host":"192.0.2.1"}}');
INSERT INTO "events" VALUES(4,'34550638db7b49727a1af9bad5016adf888613a1d1f8e098280020a964c32d00','host_key.pinned','2026-11-25T13:10:59.358558Z','01a212d4-b40f-7662-ab41-1a855c6f2059','{"v":1,"node":"gate-1","seq":4,"prev":"245f797eb199b201f48ba759a86035acc233e5dc142498859e3f9ec269b1b59a","time":"2026-11-25T13:10:59.358558Z","type":"host_key.pinned","salt":"8332b903bfa4c8f587b70724d9f569d9","session_id":"01a212d4-b40f-7662-ab41-1a855c6f2059","workspace":"acme","host":"web-01","port":22,"key_type":"ssh-ed25519","key":"AAAA"}');
INSERT INTO "events" VALUES(5,'768f3dc33a712232801b627a8a466e916ea34d615050f84270ba1492d500ac37','channel.start','2026-11-25T13:10:59.362577Z','01a212d4-b40f-7662-ab41-1a855c6f2059','{"v":1,"node":"gate-1","seq":5,"prev":"34550638db7b49727a1af9bad5016adf888613a1d1f8e098280020a964c32d00","time":"2026-11-25T13:10:59.362577Z","type":"channel.start","salt":"33cd91060af74e66cca0be574980f291","session_id":"01a212d4-b40f-7662-ab41-1a855c6f2059","channel_id":"c","kind":"exec","command":"café"}');
INSERT INTO "events" VALUES(6,'bd156d1c4d17bff85f7c72748162fd6a296762de12836dce1c3f614f59c32521','ssh_session.end','2026-11-25T13:10:59.366554Z','01a212d4-b40f-7662-ab41-1a855c6f2059','{"v":1,"node":"gate-1","seq":6,"prev":"768f3dc33a712232801b627a8a466e916ea34d615050f84270ba1492d500ac37","time":"2026-11-25T13:10:59.366554Z","type":"ssh_session.end","salt":"46646994a6e4baf3f21db8c895b5449e","session_id":"01a212d4-b40f-7662-ab41-1a855c6f2059","end_reason":"exit"}');
INSERT INTO "events" VALUES(7,'160cc07816ac693ca4b596c54304e065a05db4e4475fbd21bfc36d5cbf0983af','checkpoint','2026-11-25T13:10:59.370557Z','','{"v":1,"node":"gate-1","seq":7,"prev":"bd156d1c4d17bff85f7c72748162fd6a296762de12836dce1c3f614f59c32521","time":"2026-11-25T13:10:59.370557Z","type":"checkpoint","salt":"9223385b3b224353a0bec7360eb94bb6","signature":"-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgAyiZE4pt7IJb4iFDRPkxNpOPnG\nnShwXDr6CrQvnMn0YAAAAUc2FsbHlwb3J0LWNoZWNrcG9pbnQAAAAAAAAABnNoYTUxMgAA\nAFMAAAALc3NoLWVkMjU1MTkAAABAiZEwR6dgEkn2almGxrtaCeWxYx3Zppk8bEsu3g0UvQ\nlTU4wgHDE+Nb5krgkIyvJptGxqBw6jIPRmnOQOSnCQAA==\n-----END SSH SIGNATURE-----\n"}');
CREATE TABLE node(name TEXT PRIMARY KEY, value TEXT NOT NULL);
INSERT INTO "node" VALUES('beat','2026-03-24T10:12:03.000000Z');
CREATE TABLE pins(workspace TEXT NOT NULL, host TEXT NOT NULL, port INTEGER NOT NULL, key_type TEXT NOT NULL,
    key TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY(workspace, host, port, key));
INSERT INTO "pins" VALUES('acme','web-01',22,'ssh-ed25519','AAAA',4);
CREATE TABLE sessions(id TEXT PRIMARY KEY, seq INTEGER NOT NULL, user TEXT NOT NULL, workspace TEXT NOT NULL,
    host TEXT NOT NULL, address TEXT NOT NULL, started_at TEXT NOT NULL, ended_at TEXT NOT NULL, body TEXT NOT NULL);
INSERT INTO "sessions" VALUES('01a212d4-b40f-7662-ab41-1a855c6f2059',3,'alice','acme','web-01','192.0.2.1','2026-11-25T13:10:59.354565Z','2026-11-25T13:10:59.366554Z','{"type":"ssh_session","id":"01a212d4-b40f-7662-ab41-1a855c6f2059","workspace":"acme","user":"alice","host":{"inventory_name":"web-01","ansible_host":"192.0.2.1"},"started_at":"2026-11-25T13:10:59.354565Z","ended_at":"2026-11-25T13:10:59.366554Z","end_reason":"exit"}');
CREATE INDEX events_by_session ON events(session_id, seq);
CREATE INDEX events_by_type ON events(type, seq);
CREATE INDEX sessions_by_host ON sessions(host, seq);
CREATE INDEX sessions_by_address ON sessions(address, seq);
CREATE INDEX sessions_by_user ON sessions(user, seq);
CREATE INDEX channels_by_session ON channels(session_id, seq);
CREATE INDEX connections_open ON connections(is_open) WHERE is_open = 1;
CREATE INDEX events_by_time ON events(time);
CREATE INDEX sessions_by_span ON sessions(seq, started_at, ended_at);
COMMIT;
PRAGMA user_version = 2;
