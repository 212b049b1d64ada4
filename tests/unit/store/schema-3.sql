BEGIN TRANSACTION;
CREATE TABLE channels(id TEXT PRIMARY KEY, session_id TEXT NOT NULL, seq INTEGER NOT NULL, body TEXT NOT NULL);
INSERT INTO "channels" VALUES('c','01a231de-664d-7589-9db7-933a067f588c',5,'{"id":"c","kind":"exec","command":"café","started_at":"2026-12-01T13:49:48.495068Z"}');
CREATE TABLE connections(id TEXT PRIMARY KEY, is_open INTEGER NOT NULL, body TEXT NOT NULL);
INSERT INTO "connections" VALUES('01a231de-664d-7c51-9680-db1cf201ddeb',1,'{"id":"01a231de-664d-7c51-9680-db1cf201ddeb","user":"alice","opened_at":"2026-12-01T13:49:48.493781Z"}');
CREATE TABLE events(seq INTEGER PRIMARY KEY, hash TEXT NOT NULL, type TEXT NOT NULL, time TEXT NOT NULL,
    about TEXT NOT NULL, line TEXT NOT NULL);
INSERT INTO "events" VALUES(1,'9c6f7987b51cd5d9c07f39975c91d64e2614a2dc9e2fd49643a096b83c9b2840','chain.start','2026-12-01T13:49:48.493373Z','','{"v":1,"node":"gate-1","seq":1,"prev":"0000000000000000000000000000000000000000000000000000000000000000","time":"2026-12-01T13:49:48.493373Z","type":"chain.start","salt":"38ffd816ae673a74bc1a586e1e85c492","public_key":"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICO+aCKKhhvAgiooaE3i7/66DrKtRYr6C23fMwSmNpz0"}');
INSERT INTO "events" VALUES(2,'80b3cf2ba5a3c80f0a21fbd2e0a7c3b8eed7d3a6c1e047047f040d5e959c8735','connection.open','2026-12-01T13:49:48.493781Z','','{"v":1,"node":"gate-1","seq":2,"prev":"9c6f7987b51cd5d9c07f39975c91d64e2614a2dc9e2fd49643a096b83c9b2840","time":"2026-12-01T13:49:48.493781Z","type":"connection.open","salt":"c2ccd5e9ee416e1df060fd0d002e3e0b","connection_id":"01a231de-664d-7c51-9680-db1cf201ddeb","user":"alice"}');
INSERT INTO "events" VALUES(3,'7ff9eb0f6ac63fc0e3ef5ebb9dab9f6dd3c1b1f640552837c1547a622237c1f9','ssh_session.start','2026-12-01T13:49:48.494143Z','01a231de-664d-7589-9db7-933a067f588c','{"v":1,"node":"gate-1","seq":3,"prev":"80b3cf2ba5a3c80f0a21fbd2e0a7c3b8eed7d3a6c1e047047f040d5e959c8735","time":"2026-12-01T13:49:48.494143Z","type":"ssh_session.start","salt":"43f9fe589ecab242fc30889c2a84823d","session_id":"01a231de-664d-7589-9db7-933a067f588c","user":"alice","workspace":"acme","host":{"inventory_name":"web-01","ansible_host":"192.0.2.1"}}');
INSERT INTO "events" VALUES(4,'4b1b69113eab41f377013bfbc26e37e83658f009882dc7de6d50afb500408255','host_key.pinned','2026-12-01T13:49:48.494704Z','01a231de-664d-7589-9db7-933a067f588c','{"v":1,"node":"gate-1","seq":4,"prev":"7ff9eb0f6ac63fc0e3ef5ebb9dab9f6dd3c1b1f640552837c1547a622237c1f9","time":"2026-12-01T13:49:48.494704Z","type":"host_key.pinned","salt":"0b05e714f841fbc01fbcabe63a42a4a8","session_id":"01a231de-664d-7589-9db7-933a067f588c","workspace":"acme","host":"web-01","port":22,"key_type":"ssh-ed25519","key":"AAAA"}');
INSERT INTO "events" VALUES(5,'dfc50efab3d8bc682bf729749816911b0eab2d2e127e73e502236d190c6b6a5e','channel.start','2026-12-01T13:49:48.495068Z','01a231de-664d-7589-9db7-933a067f588c','{"v":1,"node":"gate-1","seq":5,"prev":"4b1b69113eab41f377013bfbc26e37e83658f009882dc7de6d50afb500408255","time":"2026-12-01T13:49:48.495068Z","type":"channel.start","salt":"2cc8db8b83fff164f9792f660e62c7f5","session_id":"01a231de-664d-7589-9db7-933a067f588c","channel_id":"c","kind":"exec","command":"café"}');
INSERT INTO "events" VALUES(6,'3b5c62b04dca086d24676cbbf9986bb55fe26550f738a0be1572411b6ded75a5','ssh_session.end','2026-12-01T13:49:48.495484Z','01a231de-664d-7589-9db7-933a067f588c','{"v":1,"node":"gate-1","seq":6,"prev":"dfc50efab3d8bc682bf729749816911b0eab2d2e127e73e502236d190c6b6a5e","time":"2026-12-01T13:49:48.495484Z","type":"ssh_session.end","salt":"2e5b3933f9ca2dbfbf02c16549363dd9","session_id":"01a231de-664d-7589-9db7-933a067f588c","end_reason":"exit"}');
INSERT INTO "events" VALUES(7,'50c220a23c5c19f4bf682689927076bc3ce55e9f32b5bdc38339cdeb269481ee','checkpoint','2026-12-01T13:49:48.495962Z','','{"v":1,"node":"gate-1","seq":7,"prev":"3b5c62b04dca086d24676cbbf9986bb55fe26550f738a0be1572411b6ded75a5","time":"2026-12-01T13:49:48.495962Z","type":"checkpoint","salt":"c36ae216d6d54f79eda56fe5877f9419","signature":"-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgI75oIoqGG8CCKihoTeLv/roOsq\n1FivoLbd8zBKY2nPQAAAAUc2FsbHlwb3J0LWNoZWNrcG9pbnQAAAAAAAAABnNoYTUxMgAA\nAFMAAAALc3NoLWVkMjU1MTkAAABAFSsT2SLJj99Hl11esRMR7DECGXQutNiAovlNbqoIOY\nthnroR1Zusv502pY9Pkq3KUUSbpf0MmePd5qwHa/hDDQ==\n-----END SSH SIGNATURE-----\n"}');
CREATE TABLE hours(hour INTEGER PRIMARY KEY, first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL,
    first_open INTEGER NOT NULL);
INSERT INTO "hours" VALUES(498925,1,7,9223372036854775807);
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
INSERT INTO "resources" VALUES(3,'ssh_session','01a231de-664d-7589-9db7-933a067f588c','alice','acme','','ended','2026-12-01T13:49:48.494143Z','2026-12-01T13:49:48.495484Z','{"type":"ssh_session","id":"01a231de-664d-7589-9db7-933a067f588c","workspace":"acme","user":"alice","host":{"inventory_name":"web-01","ansible_host":"192.0.2.1"},"started_at":"2026-12-01T13:49:48.494143Z","ended_at":"2026-12-01T13:49:48.495484Z","end_reason":"exit"}');
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
