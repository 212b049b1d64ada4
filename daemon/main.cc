// SPDX-License-Identifier: Apache-2.0
#include <malloc.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "common/digest.h"
#include "common/error.h"
#include "config/endpoint.h"
#include "daemon/api/local.h"
#include "daemon/audit/keys.h"
#include "daemon/audit/recovery.h"
#include "daemon/audit/retention.h"
#include "daemon/audit/writer.h"
#include "daemon/options.h"
#include "daemon/reload.h"
#include "daemon/runtime/clock_sync.h"
#include "daemon/runtime/log.h"
#include "daemon/runtime/spawn.h"
#include "daemon/runtime/watch.h"
#include "daemon/runtime/workers.h"
#include "daemon/session/listener.h"
#include "daemon/signals.h"
#include "daemon/ssh/capabilities.h"
#include "daemon/ssh/host_keys.h"
#include "daemon/ssh/selftest.h"
#include "daemon/store_commands.h"
#include "daemon/systemd.h"

namespace sallyport {
namespace {

using namespace std::chrono_literals;
constexpr std::size_t descriptors_per_session =
    6;  // two sockets and their duplicates, the recording, one to spare
constexpr std::size_t descriptors_of_our_own = 64;
constexpr auto parting = 20s;       // the relay's patience for the last words, and then the door's to close
constexpr auto last_commits = 10s;  // ends, node.stop, the signed head

void check_libssh() {
    const ssh::Capabilities& can = ssh::capabilities();
    ssh::check_that_tags_are_enforced();
    log::info("libssh", {{"version", can.version}, {"private", can.post_quantum ? "yes" : "no"}});
    for (const std::string& what : can.missing()) log::warn("this libssh lacks something", {{"so", what}});
}

/// Raises the limit of descriptors as far as it goes, and says so if that is too little for the limits of the
/// config.
void check_descriptors(const DaemonConfig& config) {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        throw Error(Code::io, "read the limit of descriptors: " + os_error(errno));
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE,
                    &limit);  // the hard limit is always allowed; what we got is read again below
    (void)getrlimit(RLIMIT_NOFILE, &limit);
    const std::size_t wanted = config.limits.connections * descriptors_per_session + descriptors_of_our_own;
    if (limit.rlim_cur < wanted)
        log::warn("too few descriptors for limits.connections",
                  {{"have", limit.rlim_cur},
                   {"want", wanted},
                   {"so", "raise LimitNOFILE or lower limits.connections"}});
}

/// Keeps what buffers free for the next ones: from the kernel each page costs a fault, again for every
/// burst of a transfer.
void keep_storage_warm() {
    (void)mallopt(M_MMAP_THRESHOLD, 4 << 20);  // above the largest buffer of a stream
    (void)mallopt(M_TRIM_THRESHOLD, 8 << 20);  // at most so much of each arena's end stays unused
}

void make_folders(const DaemonConfig& config) {
    umask(0077);
    std::error_code error;
    for (const std::string& folder :
         {config.state, config.state + "/recordings", config.state + "/logs", config.keys,
          std::filesystem::path(config.anchors).parent_path().string()}) {
        if (!folder.empty()) std::filesystem::create_directories(folder, error);
        if (error) throw Error(Code::config, "make the folder " + folder + ": " + error.message());
    }
}

audit::FindRecording find_recordings(const std::string& folder) {
    return [folder](const std::string& session_id) -> std::optional<audit::RecordingFacts> {
        auto facts = digest_of_file(folder + "/" + session_id + ".rec");
        if (!facts) return std::nullopt;
        return audit::RecordingFacts{facts->size, std::move(facts->sha256)};
    };
}

std::vector<std::unique_ptr<audit::Sink>> make_sinks(const DaemonConfig& config) {
    std::vector<std::unique_ptr<audit::Sink>> sinks;
    sinks.push_back(std::make_unique<audit::AnchorFile>(config.anchors));
    sinks.push_back(std::make_unique<audit::JournalAnchor>());
    return sinks;
}

int print_fingerprints(const DaemonConfig& config) {
    make_folders(config);
    const auto listen = parse_endpoint(config.listen.front());
    if (!listen) throw Error(Code::config, "listen: " + config.listen.front() + " is no ADDRESS:PORT");
    for (const ssh::HostKeyFacts& key : ssh::HostKeys(config.keys, config.host_key_types).facts())
        std::cout << key.fingerprint << " " << key.type << "\n[BASTION]:" << listen->port << " " << key.type
                  << " " << key.base64 << "\n";
    return 0;
}

/// Lets sessions end by themselves for `patience`, or until a second signal; then ends them in words.
void drain(Signals& signals, session::Listener& listener, live::Roster& roster,
           std::chrono::seconds patience) {
    systemd::stopping(patience + parting + last_commits);
    log::info("draining", {{"sessions", roster.size()}, {"seconds", patience.count()}});
    listener.stop();
    signals.wait_until(std::chrono::steady_clock::now() + patience, [&] { return roster.size() == 0; });
    roster.stop_all(live::StopReason::shutdown, "the bastion");
    signals.wait_until(std::chrono::steady_clock::now() + parting,
                       [&] { return listener.connections() == 0; });
}

/// What `ssh sallyport@bastion keys` shows, over a connection that one of them vouches for.
std::string known_as(const ssh::HostKeys& keys) {
    std::string lines;
    for (const ssh::HostKeyFacts& key : keys.facts()) lines += key.type + " " + key.base64 + "\n";
    return lines;
}

/// Four signs of life in the time that systemd gives, so that a late one harms nobody.
void start_watchdog(runtime::Workers& workers) {
    const auto longest = systemd::watchdog();
    if (!longest) return;
    const auto period = std::chrono::duration_cast<std::chrono::milliseconds>(*longest) / 4;
    runtime::spawn(workers.at(0).io.get_executor(), runtime::watch(workers, period, systemd::alive),
                   "watchdog");
}

int serve(const Options& options, const std::shared_ptr<const Rules>& first) {
    const DaemonConfig& config = first->config;
    check_libssh();
    keep_storage_warm();
    check_descriptors(config);
    make_folders(config);
    const std::string recordings = config.state + "/recordings";
    const ssh::HostKeys host_keys(config.keys, config.host_key_types);
    const auto store = store::open_sqlite(config.state);
    runtime::Metrics metrics;
    runtime::Health health;
    metrics.info("sallyport_build_info", "Versions.",
                 "version=\"" SALLYPORT_VERSION "\",libssh=\"" + ssh::capabilities().version + "\"");
    metrics.gauge("sallyport_clock_synchronised", "1 if the kernel knows the clock to be kept right, else 0.",
                  [] { return runtime::clock_sync() == runtime::ClockSync::synchronised ? 1.0 : 0.0; });
    live::RulesInForce rules(first);
    live::Roster roster;
    metrics.gauge("sallyport_sessions", "Sessions that are open.",
                  [&] { return static_cast<double>(roster.size()); });
    const auto end_all = [&roster] {
        roster.stop_all(live::StopReason::record_failure, "the audit store fails");
    };
    audit::Writer log(*store, audit::key_for(*store, config.node, config.keys, config.anchors),
                      {config.node, config.state, config.recording.min_free, ssh::capabilities().version,
                       SALLYPORT_VERSION, end_all, recordings},
                      make_sinks(config), audit::missing_ends(*store, find_recordings(recordings)), metrics,
                      health);
    audit::settle_key(config.keys);
    audit::delete_unbegun_recordings(*store, recordings);
    for (Event& event : loaded_events(options, *first)) log.post(std::move(event));
    runtime::Pool pool(4, 4096);
    runtime::Pool names(16, 4096);
    metrics.gauge("sallyport_pool_queue_depth", "Blocking work that runs or waits.",
                  [&] { return static_cast<double>(pool.waiting()); });
    metrics.gauge("sallyport_names_queue_depth", "Lookups of names that run or wait.",
                  [&] { return static_cast<double>(names.waiting()); });
    desk::Desk desk(rules, *store, roster, log, pool, config.state);
    live::Runs runs;
    live::LentKeys lent_keys;
    live::Hostnames hostnames;
    desk::Reports reports(rules, *store, log, pool);
    desk::RunReports run_reports(
        {rules, *store, runs, lent_keys, hostnames, roster, log, pool, config.state + "/logs"});
    const session::Live live{rules, log,     *store, roster,  lent_keys,   hostnames,  pool,
                             names, metrics, desk,   reports, run_reports, recordings, known_as(host_keys)};
    runtime::Workers workers(config.workers);
    const api::LocalHttp local(workers.at(0).io.get_executor(), config.http, metrics, health);
    runtime::spawn(workers.at(0).io.get_executor(),
                   audit::keep_deleting_expired(log, *store, pool, recordings,
                                                [&rules] { return rules.get()->config.recording.retain; }),
                   "retention");
    runtime::spawn(workers.at(0).io.get_executor(), run_reports.end_lost(), "lost runs");
    start_watchdog(workers);
    Signals signals;
    WorkspaceWatch watch(signals.executor(), options, rules, log);  // whoever hears us listen may edit
    session::Listener listener(live, workers, host_keys, config.listen);
    systemd::ready();
    signals.wait_for_the_end([&] {
        systemd::reloading();
        watch.follow(reload(options, rules, roster, log));
        log.set_min_free(rules.get()->config.recording.min_free);
        systemd::ready();
    });
    drain(signals, listener, roster, rules.get()->config.timeouts.drain);
    return 0;
}

int check(const Options& options) {
    (void)load_first(options);
    std::cout << "config, policy and workspaces are in order\n";
    return 0;
}

int run(const Options& options) {
    if (options.is_verbose) log::set_level(log::Level::debug);
    switch (options.command) {
        case Options::Command::check:
            return check(options);
        case Options::Command::dump_config:
            std::cout << dump(load_config(options));
            return 0;
        case Options::Command::fingerprint:
            return print_fingerprints(load_config(options));
        case Options::Command::store_export:
        case Options::Command::store_verify:
        case Options::Command::store_backup:
        case Options::Command::store_restore:
            return run_store_command(options, load_config(options));
        case Options::Command::serve:
            return serve(options, load_first(options));
    }
    return 2;
}

}  // namespace
}  // namespace sallyport

int main(int argc, char** argv) {
    try {
        std::signal(SIGPIPE, SIG_IGN);
        return sallyport::run(sallyport::parse_options(argc, argv));
    } catch (const std::exception& error) {
        std::cerr << "sallyportd: " << error.what() << '\n';
        return 1;
    }
}
