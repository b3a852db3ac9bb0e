#include <CLI/CLI.hpp>
#include <sstream>

#include "cli/command.h"
#include "cli/commands.h"
#include "cli/control.h"
#include "cli/output_file.h"
#include "media/worker_process.h"

namespace ew::cli {
namespace {

// What the command line asks for.
struct Invocation {
  std::function<int()> run;
  std::vector<std::string> inputs;  // files that the command reads
  std::string output;               // the file that it writes
  bool is_server = false;
};

// The options that every command takes.
void add_common(CLI::App& command, Context& context) {
  command.add_option("--data", context.data, "data directory")->type_name("DIR");
  command.add_option("--config", context.config_path, "configuration file (TOML)")->type_name("FILE");
  command.add_flag("--json", context.json, "print JSON");
}

void add_import(CLI::App& app, Context& context, ImportArguments& arguments, Invocation& chosen) {
  CLI::App* command = app.add_subcommand("import", "Read capture files: log their calls and record them");
  add_common(*command, context);
  command->add_option("FILE", arguments.files, "pcap or pcapng, also gzip or zstd; several are one time line")
      ->required();
  command->add_option("--lanes", arguments.lanes, "threads that seal and write")->check(CLI::Range(1, 64));
  command->add_flag("--realtime", arguments.realtime, "at the pace at which the packets were captured");
  command->callback([&] {
    chosen.run = [&] { return import_command(context, arguments); };
    chosen.inputs = arguments.files;
  });
}

void add_calls(CLI::App& app, Context& context, CallsArguments& arguments, Invocation& chosen) {
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
  command->add_option("--external-id", arguments.external_id,
                      "an id that the call has elsewhere: session, group, vendor's");
  command->add_option("--min-duration", arguments.min_duration, "seconds");
  command->add_option("--max-duration", arguments.max_duration, "seconds");
  command->add_option("--limit", arguments.limit, "calls on a page")->check(CLI::Range(1, 10'000));
  command->add_option("--after", arguments.after, "where the page before ended");
  command->add_flag("--csv", arguments.csv, "all of them as a table for spreadsheets (CSV)");
  command->callback([&] { chosen.run = [&] { return calls_command(context, arguments); }; });
}

void add_export(CLI::App& app, Context& context, ExportArguments& arguments, Invocation& chosen) {
  CLI::App* command = app.add_subcommand("export", "Write a call's recording to a file");
  add_common(*command, context);
  command->add_option("CALL", arguments.call, "call id, or the beginning of one")->required();
  command->add_option("--format", arguments.format, "wav, pcapng, json");
  command->add_option("-o,--output", arguments.output, "file to write; - is standard output")->required();
  command->add_option("--recording", arguments.recording, "which of the call's recordings");
  command->callback([&] {
    chosen.run = [&] { return export_command(context, arguments); };
    chosen.output = arguments.output;
  });
}

void add_verify(CLI::App& app, Context& context, VerifyArguments& arguments, Invocation& chosen) {
  CLI::App* command =
      app.add_subcommand("verify", "Read everything back and name what is not as it was stored");
  add_common(*command, context);
  command->add_option("--since", arguments.since, "only recordings that began at or after this time")
      ->type_name("TIME");
  command->add_option("--sample", arguments.sample, "percent of the objects")->check(CLI::Range(0.0, 100.0));
  command->add_option("--recording", arguments.recording, "only this recording");
  command->add_flag("--resume", arguments.resume, "go on where an interrupted run had come to");
  command->callback([&] { chosen.run = [&] { return verify_command(context, arguments); }; });
}

void add_key(CLI::App& app, Context& context, Invocation& chosen) {
  CLI::App* command = app.add_subcommand("key", "Keys of this node");
  command->require_subcommand(1);
  auto add = [&](const char* name, const char* description, int (*run)(Context&)) {
    CLI::App* sub = command->add_subcommand(name, description);
    add_common(*sub, context);
    sub->callback([&chosen, &context, run] { chosen.run = [&context, run] { return run(context); }; });
  };
  add("list", "The versions of the key that recordings are sealed to", key_list_command);
  add("rotate", "Make a new version; older recordings stay readable", key_rotate_command);
  add("recovery", "Show the recovery key, once", key_recovery_command);
}

void add_user(CLI::App& app, Context& context, UserArguments& arguments, Invocation& chosen) {
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
  add->callback([&] { chosen.run = [&] { return user_add_command(context, arguments); }; });
  CLI::App* list = command->add_subcommand("list", "List the accounts");
  add_common(*list, context);
  list->callback([&] { chosen.run = [&] { return user_list_command(context); }; });
}

void add_serve(CLI::App& app, Context& context, ServeArguments& arguments, const ServerCommands& server,
               Invocation& chosen) {
  CLI::App* command = app.add_subcommand("serve", "Run the server: panel, REST interface, recorder");
  command->add_option("--data", context.data, "data directory")->type_name("DIR");
  command->add_option("--config", context.config_path, "configuration file (TOML)")->type_name("FILE");
  command
      ->add_option("--http", arguments.http,
                   "address of the panel and the REST interface; may be given again")
      ->type_name("ADDR:PORT");
  command
      ->add_option("--capture", arguments.capture,
                   "record what this network interface sees; \"any\": all; may be given again")
      ->type_name("INTERFACE");
  command
      ->add_option(
          "--sip", arguments.sip,
          "address at which recording clients (SIPREC) are served over UDP and TCP; may be given again")
      ->type_name("ADDR:PORT");
  command->callback([&] {
    chosen.run = [&] { return server.serve(context, arguments); };
    chosen.is_server = true;
  });
}

void add_selftest(CLI::App& app, Context& context, SelftestArguments& arguments, const ServerCommands& server,
                  Invocation& chosen) {
  CLI::App* command = app.add_subcommand(
      "selftest",
      "Find how many calls this machine records without a lost packet: some minutes under full load");
  add_common(*command, context);
  command->add_option("--calls", arguments.calls, "try this number of calls at once, and no other")
      ->check(CLI::Range(1, 12'500));
  command->add_option("--most", arguments.most, "go no higher than this")->check(CLI::Range(1, 12'500));
  command->add_option("--seconds", arguments.seconds, "how long all calls of a trial are there together")
      ->check(CLI::Range(1.0, 3'600.0));
  command->add_flag("--encrypted", arguments.encrypted, "their media is SRTP");
  command->callback([&] {
    chosen.run = [&] { return server.selftest(context, arguments); };
    chosen.is_server = true;
  });
}

// The command line: all commands with their options. Nothing runs while it is read.
class CommandLine {
 public:
  CommandLine(Context& context, const ServerCommands& server);
  // The exit code where there is nothing to run.
  std::optional<int> parse(const std::vector<std::string>& arguments);
  const Invocation& chosen() const { return chosen_; }

 private:
  Context& context_;
  CLI::App app_{"Earwitness records telephone calls, logs them, and can prove both.", "earwitness"};
  Invocation chosen_;
  ImportArguments import_;
  CallsArguments calls_;
  ExportArguments export_;
  VerifyArguments verify_;
  ServeArguments serve_;
  SelftestArguments selftest_;
  UserArguments user_;
  std::string shown_;
};

CommandLine::CommandLine(Context& context, const ServerCommands& server) : context_(context) {
  app_.set_version_flag("--version", EW_VERSION);
  app_.require_subcommand(1);
  add_serve(app_, context, serve_, server, chosen_);
  add_import(app_, context, import_, chosen_);
  add_calls(app_, context, calls_, chosen_);
  CLI::App* show = app_.add_subcommand("show", "Show one call, as JSON");
  add_common(*show, context);
  show->add_option("CALL", shown_, "call id, or the beginning of one")->required();
  show->callback([this] { chosen_.run = [this] { return show_command(context_, shown_); }; });
  add_export(app_, context, export_, chosen_);
  add_verify(app_, context, verify_, chosen_);
  CLI::App* reindex = app_.add_subcommand("reindex", "Make the call log again from the vault");
  add_common(*reindex, context);
  reindex->callback([this] { chosen_.run = [this] { return reindex_command(context_); }; });
  add_key(app_, context, chosen_);
  add_user(app_, context, user_, chosen_);
  add_selftest(app_, context, selftest_, server, chosen_);
}

std::optional<int> CommandLine::parse(const std::vector<std::string>& arguments) {
  std::vector<const char*> words;
  for (const std::string& argument : arguments) words.push_back(argument.c_str());
  try {
    app_.parse(static_cast<int>(words.size()), words.data());
  } catch (const CLI::ParseError& error) {
    std::ostringstream out, err;
    const int code = app_.exit(error, out, err) == 0 ? kDone : kUsage;
    std::fputs(out.str().c_str(), context_.out);
    std::fputs(err.str().c_str(), context_.err);
    return code;
  }
  return std::nullopt;
}

// By the server that holds the data directory, or here if there is none.
Result<int> run_anywhere(Context& context, const Invocation& chosen,
                         const std::vector<std::string>& arguments) {
  if (chosen.is_server) return chosen.run();
  config::Config config = TRY(context.configuration());
  std::unique_ptr<OutputFile> output;
  if (!chosen.output.empty()) {
    output = TRY(OutputFile::open(chosen.output));
    context.output = output->stream();
  }
  auto served = TRY(run_by_server(config.data_directory, arguments, chosen.inputs, context.output));
  const int code = served ? *served : chosen.run();
  if (output && code == kDone) TRY(output->finish());
  return code;
}

}  // namespace

int run(int argc, char** argv, const ServerCommands& server) {
  if (argc == 2 && std::string_view(argv[1]) == "media-worker") return media::worker_main(media::kWorkerFd);
  const std::vector<std::string> arguments(argv, argv + argc);
  Context context;
  CommandLine line(context, server);
  if (auto code = line.parse(arguments)) return *code;
  auto code = run_anywhere(context, line.chosen(), arguments);
  return code ? *code : context.fail(code.error());
}

int run_served(Context& context, const std::vector<std::string>& arguments) {
  const ServerCommands none;
  CommandLine line(context, none);
  if (auto code = line.parse(arguments)) return *code;
  if (line.chosen().is_server)
    return context.fail(Error(ErrorCode::kUsage, "a server does not start another one"));
  return line.chosen().run();
}

}  // namespace ew::cli
