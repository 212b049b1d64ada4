BEGIN TRANSACTION;
CREATE TABLE channels(id TEXT PRIMARY KEY, session_id TEXT NOT NULL, seq INTEGER NOT NULL, body TEXT NOT NULL);
INSERT INTO "channels" VALUES('c','01a23223-8faa-79a1-9567-e021e9d86a90',5,'{"id":"c","kind":"exec","command":"café","started_at":"2026-12-01T15:05:21.068538Z"}');
CREATE TABLE connections(id TEXT PRIMARY KEY, is_open INTEGER NOT NULL, body TEXT NOT NULL);
INSERT INTO "connections" VALUES('01a23223-8fab-713f-bf09-fb511294cdfc',1,'{"id":"01a23223-8fab-713f-bf09-fb511294cdfc","user":"alice","opened_at":"2026-12-01T15:05:21.067087Z"}');
CREATE TABLE events(seq INTEGER PRIMARY KEY, hash TEXT NOT NULL, type TEXT NOT NULL, time TEXT NOT NULL,
    about TEXT NOT NULL, line TEXT NOT NULL);
INSERT INTO "events" VALUES(1,'c55f6003226f7fb5bb582ba787e903ccd641b339b56f85f9f97c8606fc7b6a54','chain.start','2026-12-01T15:05:21.066633Z','','{"v":1,"node":"gate-1","seq":1,"prev":"0000000000000000000000000000000000000000000000000000000000000000","time":"2026-12-01T15:05:21.066633Z","type":"chain.start","salt":"9a6ee106a0f1e168e28e3c9a2941779a","public_key":"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFmIal/ZzOcCB4AMqCm0u5bN0JcC+QzbgI6CJEIpXN/i"}');
INSERT INTO "events" VALUES(2,'cbd65444da141d401ef2c38f64e02c15a154f3b50e563df152298715def7247f','connection.open','2026-12-01T15:05:21.067087Z','','{"v":1,"node":"gate-1","seq":2,"prev":"c55f6003226f7fb5bb582ba787e903ccd641b339b56f85f9f97c8606fc7b6a54","time":"2026-12-01T15:05:21.067087Z","type":"connection.open","salt":"a3f082c73c27935993080dff56676bdf","connection_id":"01a23223-8fab-713f-bf09-fb511294cdfc","user":"alice"}');
INSERT INTO "events" VALUES(3,'695dc3cca7c3dc85a606b872ffd7455ee11bf06eb998be7690b399ce2f39906f','ssh_session.start','2026-12-01T15:05:21.067499Z','01a23223-8faa-79a1-9567-e021e9d86a90','{"v":1,"node":"gate-1","seq":3,"prev":"cbd65444da141d401ef2c38f64e02c15a154f3b50e563df152298715def7247f","time":"2026-12-01T15:05:21.067499Z","type":"ssh_session.start","salt":"1d41bfbc20be293b15c43ecfd06c9d18","session_id":"01a23223-8faa-79a1-9567-e021e9d86a90","user":"alice","workspace":"acme","host":{"inventory_name":"web-01","ansible_host":"192.0.2.1"}}');
INSERT INTO "events" VALUES(4,'b164ac147a5d43c831419f6a40856dd0d901710562770a6d37b43448f96eb0d0','host_key.pinned','2026-12-01T15:05:21.068136Z','01a23223-8faa-79a1-9567-e021e9d86a90','{"v":1,"node":"gate-1","seq":4,"prev":"695dc3cca7c3dc85a606b872ffd7455ee11bf06eb998be7690b399ce2f39906f","time":"2026-12-01T15:05:21.068136Z","type":"host_key.pinned","salt":"0eea55e01d9a241f58953d146d90146f","session_id":"01a23223-8faa-79a1-9567-e021e9d86a90","workspace":"acme","host":"web-01","port":22,"key_type":"ssh-ed25519","key":"AAAA"}');
INSERT INTO "events" VALUES(5,'bf2e75bc76863c2eec652f450f09a7cd4031b4bb5ec9f43fd5a5ac0478310ec4','channel.start','2026-12-01T15:05:21.068538Z','01a23223-8faa-79a1-9567-e021e9d86a90','{"v":1,"node":"gate-1","seq":5,"prev":"b164ac147a5d43c831419f6a40856dd0d901710562770a6d37b43448f96eb0d0","time":"2026-12-01T15:05:21.068538Z","type":"channel.start","salt":"f37abfd6bfb5477002e74b6167599c05","session_id":"01a23223-8faa-79a1-9567-e021e9d86a90","channel_id":"c","kind":"exec","command":"café"}');
INSERT INTO "events" VALUES(6,'012dcf1aa68e58fd7354564eec2bfa75c9028017263ba5502d2021c2e7b48e03','ssh_session.end','2026-12-01T15:05:21.068933Z','01a23223-8faa-79a1-9567-e021e9d86a90','{"v":1,"node":"gate-1","seq":6,"prev":"bf2e75bc76863c2eec652f450f09a7cd4031b4bb5ec9f43fd5a5ac0478310ec4","time":"2026-12-01T15:05:21.068933Z","type":"ssh_session.end","salt":"7411dbee1a47319c1d7c6cb0b63776b6","session_id":"01a23223-8faa-79a1-9567-e021e9d86a90","end_reason":"exit"}');
INSERT INTO "events" VALUES(7,'77f3c66017080fe2c76f4c06a7c20e55b79275b761e2a03e5c47ab4a636bfee0','checkpoint','2026-12-01T15:05:21.069336Z','','{"v":1,"node":"gate-1","seq":7,"prev":"012dcf1aa68e58fd7354564eec2bfa75c9028017263ba5502d2021c2e7b48e03","time":"2026-12-01T15:05:21.069336Z","type":"checkpoint","salt":"14191b39f0879973fdba6d881fcea991","signature":"-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgWYhqX9nM5wIHgAyoKbS7ls3Qlw\nL5DNuAjoIkQilc3+IAAAAUc2FsbHlwb3J0LWNoZWNrcG9pbnQAAAAAAAAABnNoYTUxMgAA\nAFMAAAALc3NoLWVkMjU1MTkAAABAhaohuea6hhmnMWFNZnlHSvNlbJyYeJdIuVBvTgvdOk\nsr95DfISHe2qBjctSBXfGezWGyjuL5dKZChVA9o2dSCw==\n-----END SSH SIGNATURE-----\n"}');
CREATE TABLE hostnames(workspace TEXT NOT NULL, host TEXT NOT NULL, reported TEXT NOT NULL, seq INTEGER NOT NULL,
    PRIMARY KEY(workspace, host));
CREATE TABLE hours(hour INTEGER PRIMARY KEY, first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL,
    first_open INTEGER NOT NULL);
INSERT INTO "hours" VALUES(498927,1,7,9223372036854775807);
CREATE TABLE names(name TEXT NOT NULL, seq INTEGER NOT NULL, workspace TEXT NOT NULL,
    PRIMARY KEY(name, seq, workspace)) WITHOUT ROWID;
INSERT INTO "names" VALUES('192.0.2.1',3,'acme');
INSERT INTO "names" VALUES('web-01',3,'acme');
CREATE TABLE node(name TEXT PRIMARY KEY, value TEXT NOT NULL);
INSERT INTO "node" VALUES('beat','2026-03-24T10:12:03.000000Z');
CREATE TABLE pins(workspace TEXT NOT NULL, host TEXT NOT NULL, port INTEGER NOT NULL, key_type TEXT NOT NULL,
    key TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY(workspace, host, port, key));
INSERT INTO "pins" VALUES('acme','web-01',22,'ssh-ed25519','AAAA',4);
CREATE TABLE resources(seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, id TEXT NOT NULL, user TEXT NOT NULL,
    workspace TEXT NOT NULL, run_id TEXT NOT NULL, status TEXT NOT NULL, began TEXT NOT NULL, ended TEXT NOT NULL,
    body TEXT NOT NULL);
INSERT INTO "resources" VALUES(3,'ssh_session','01a23223-8faa-79a1-9567-e021e9d86a90','alice','acme','','ended','2026-12-01T15:05:21.067499Z','2026-12-01T15:05:21.068933Z','{"type":"ssh_session","id":"01a23223-8faa-79a1-9567-e021e9d86a90","workspace":"acme","user":"alice","host":{"inventory_name":"web-01","ansible_host":"192.0.2.1"},"started_at":"2026-12-01T15:05:21.067499Z","ended_at":"2026-12-01T15:05:21.068933Z","end_reason":"exit"}');
CREATE VIRTUAL TABLE words USING fts5(text, content='', tokenize='unicode61');
INSERT OR REPLACE INTO "words_config" VALUES('version',4);
INSERT OR REPLACE INTO "words_data" VALUES(1,X'020A');
INSERT OR REPLACE INTO "words_data" VALUES(10,X'000000000102020002010101020101');
INSERT OR REPLACE INTO "words_data" VALUES(137438953473,X'0000003D02303003020702013103020501013103020902023932030206010132030208010461636D6503020302046C69636503020201037765620302040406060607060909');
INSERT OR REPLACE INTO "words_data" VALUES(274877906945,X'000000160530636166650502030104657865630502020409');
INSERT OR REPLACE INTO "words_docsize" VALUES(3,X'08');
INSERT OR REPLACE INTO "words_docsize" VALUES(5,X'02');
INSERT OR REPLACE INTO "words_idx" VALUES(1,X'',2);
INSERT OR REPLACE INTO "words_idx" VALUES(2,X'',2);
CREATE INDEX events_by_type ON events(type, seq);
CREATE INDEX channels_by_session ON channels(session_id, seq);
CREATE INDEX connections_open ON connections(is_open) WHERE is_open = 1;
CREATE INDEX events_by_about ON events(about, seq);
CREATE UNIQUE INDEX resources_by_id ON resources(id);
CREATE INDEX resources_by_kind ON resources(kind, seq);
CREATE INDEX resources_by_user ON resources(user, seq);
CREATE INDEX resources_by_workspace ON resources(workspace, kind, seq);
CREATE INDEX resources_by_run ON resources(run_id, seq) WHERE run_id != '';
CREATE INDEX resources_open ON resources(seq) WHERE ended = '';
COMMIT;
PRAGMA user_version = 3;
