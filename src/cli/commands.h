// One function per command; run.cc fills the options from the command line.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/context.h"

namespace ew::cli {

struct ImportArguments {
  std::vector<std::string> files;
  size_t lanes = 1;
  bool realtime = false;
};
int import_command(Context& context, const ImportArguments& arguments);

struct CallsArguments {
  std::string from, to, number, name, result, direction, codec, source, recording_state, external_id;
  std::vector<std::string> words;
  std::optional<double> min_duration, max_duration;
  size_t limit = 50;
  std::string after;  // page key
  bool csv = false;   // a table of all of them
};
int calls_command(Context& context, const CallsArguments& arguments);

int show_command(Context& context, const std::string& call);

struct ExportArguments {
  std::string call, format = "wav", output, recording;
};
int export_command(Context& context, const ExportArguments& arguments);

struct VerifyArguments {
  std::string since, recording;
  double sample = 100;
  bool resume = false;
};
int verify_command(Context& context, const VerifyArguments& arguments);

int reindex_command(Context& context);

int key_list_command(Context& context);
int key_rotate_command(Context& context);
int key_recovery_command(Context& context);

struct UserArguments {
  std::string name, display_name, language = "en";
  std::vector<std::string> roles;
  bool password_stdin = false;
};
int user_add_command(Context& context, const UserArguments& arguments);
int user_list_command(Context& context);

}  // namespace ew::cli
