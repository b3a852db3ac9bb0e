#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/commands.h"
#include "media/worker_process.h"

namespace ew::cli {
namespace {

// The options that every command takes.
void add_common(CLI::App& command, Context& context) {
  command.add_option("--data", context.data, "data directory")->type_name("DIR");
  command.add_option("--config", context.config_path, "configuration file (TOML)")->type_name("FILE");
  command.add_flag("--json", context.json, "print JSON");
}

void add_import(CLI::App& app, Context& context, ImportArguments& arguments, int& result) {
  CLI::App* command = app.add_subcommand("import", "Read capture files: log their calls and record them");
  add_common(*command, context);
  command->add_option("FILE", arguments.files, "pcap or pcapng, also gzip or zstd; several are one time line")
      ->required();
  command->add_option("--lanes", arguments.lanes, "threads that seal and write")->check(CLI::Range(1, 64));
  command->add_flag("--realtime", arguments.realtime, "at the pace at which the packets were captured");
  command->callback([&] { result = import_command(context, arguments); });
}

void add_calls(CLI::App& app, Context& context, CallsArguments& arguments, int& result) {
  CLI::App* command = app.add_subcommand("calls", "List and search calls, newest first");
  add_common(*command, context);
  command->add_option("WORD", arguments.words, "beginnings of words: names, numbers, ids");
  command->add_option("--from", arguments.from, "calls that began at or after this time")->type_name("TIME");
  command->add_option("--to", arguments.to, "calls that began before this time")->type_name("TIME");
  command->add_option("--number", arguments.number,
                      "beginning of the caller's, called or connected number, in any notation");
  command->add_option("--name", arguments.name, "part of a party's name");
  command->add_option("--result", arguments.result,
                      "answered, no_answer, busy, rejected, cancelled, unreachable, congestion, failed, …");
  command->add_option("--direction", arguments.direction, "inbound, outbound, internal, transit, unknown");
  command->add_option("--source", arguments.source, "pcap, passive, siprec, hep, import");
  command->add_option("--recording", arguments.recording_state,
                      "recorded, recorded_partial, not_recorded_no_media, …");
  command->add_option("--codec", arguments.codec, "a codec that was used");
  command->add_option("--min-duration", arguments.min_duration, "seconds");
  command->add_option("--max-duration", arguments.max_duration, "seconds");
  command->add_option("--limit", arguments.limit, "calls on a page")->check(CLI::Range(1, 10'000));
  command->add_option("--after", arguments.after, "where the page before ended");
  command->callback([&] { result = calls_command(context, arguments); });
}

void add_export(CLI::App& app, Context& context, ExportArguments& arguments, int& result) {
  CLI::App* command = app.add_subcommand("export", "Write a call's recording to a file");
  add_common(*command, context);
  command->add_option("CALL", arguments.call, "call id, or the beginning of one")->required();
  command->add_option("--format", arguments.format, "wav, pcapng, json");
  command->add_option("-o,--output", arguments.output, "file to write; - is standard output")->required();
  command->add_option("--recording", arguments.recording, "which of the call's recordings");
  command->callback([&] { result = export_command(context, arguments); });
}

void add_verify(CLI::App& app, Context& context, VerifyArguments& arguments, int& result) {
  CLI::App* command =
      app.add_subcommand("verify", "Read everything back and name what is not as it was stored");
  add_common(*command, context);
  command->add_option("--since", arguments.since, "only recordings that began at or after this time")
      ->type_name("TIME");
  command->add_option("--sample", arguments.sample, "percent of the objects")->check(CLI::Range(0.0, 100.0));
  command->add_option("--recording", arguments.recording, "only this recording");
  command->add_flag("--resume", arguments.resume, "go on where an interrupted run had come to");
  command->callback([&] { result = verify_command(context, arguments); });
}

void add_key(CLI::App& app, Context& context, int& result) {
  CLI::App* command = app.add_subcommand("key", "Keys of this node");
  command->require_subcommand(1);
  auto add = [&](const char* name, const char* description, int (*run)(Context&)) {
    CLI::App* sub = command->add_subcommand(name, description);
    add_common(*sub, context);
    sub->callback([&result, &context, run] { result = run(context); });
  };
  add("list", "The versions of the key that recordings are sealed to", key_list_command);
  add("rotate", "Make a new version; older recordings stay readable", key_rotate_command);
  add("recovery", "Show the recovery key, once", key_recovery_command);
}

void add_user(CLI::App& app, Context& context, UserArguments& arguments, int& result) {
  CLI::App* command = app.add_subcommand("user", "Accounts of people");
  command->require_subcommand(1);
  CLI::App* add = command->add_subcommand("add", "Add an account");
  add_common(*add, context);
  add->add_option("NAME", arguments.name, "signs in with it")->required();
  add->add_option("--role", arguments.roles, "administrator, listener, auditor; may be given again")
      ->required();
  add->add_option("--display-name", arguments.display_name, "shown to others");
  add->add_option("--language", arguments.language, "en, es, ru, sk");
  add->add_flag("--password-stdin", arguments.password_stdin,
                "the password is the first line of standard input");
  add->callback([&] { result = user_add_command(context, arguments); });
  CLI::App* list = command->add_subcommand("list", "List the accounts");
  add_common(*list, context);
  list->callback([&] { result = user_list_command(context); });
}

void add_serve(CLI::App& app, Context& context, ServeArguments& arguments, const ServeCommand& serve,
               int& result) {
  CLI::App* command = app.add_subcommand("serve", "Run the server: panel, REST interface, recorder");
  command->add_option("--data", context.data, "data directory")->type_name("DIR");
  command->add_option("--config", context.config_path, "configuration file (TOML)")->type_name("FILE");
  command->add_option("--http", arguments.http, "address of the panel and the REST interface; may be given again")
      ->type_name("ADDR:PORT");
  command->callback([&] { result = serve(context, arguments); });
}

}  // namespace

int run(int argc, char** argv, const ServeCommand& serve) {
  if (argc == 2 && std::string_view(argv[1]) == "media-worker") return media::worker_main(media::kWorkerFd);

  CLI::App app("Earwitness records telephone calls, logs them, and can prove both.", "earwitness");
  app.set_version_flag("--version", EW_VERSION);
  app.require_subcommand(1);
  int result = kDone;
  Context context;
  ImportArguments import;
  CallsArguments calls;
  ExportArguments exports;
  VerifyArguments verify;
  ServeArguments served;
  std::string shown;
  add_serve(app, context, served, serve, result);
  add_import(app, context, import, result);
  add_calls(app, context, calls, result);
  CLI::App* show = app.add_subcommand("show", "Show one call, as JSON");
  add_common(*show, context);
  show->add_option("CALL", shown, "call id, or the beginning of one")->required();
  show->callback([&] { result = show_command(context, shown); });
  add_export(app, context, exports, result);
  add_verify(app, context, verify, result);
  CLI::App* reindex = app.add_subcommand("reindex", "Make the call log again from the vault");
  add_common(*reindex, context);
  reindex->callback([&] { result = reindex_command(context); });
  add_key(app, context, result);
  UserArguments user;
  add_user(app, context, user, result);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kDone : kUsage;
  }
  return result;
}

}  // namespace ew::cli
