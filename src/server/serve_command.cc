#include "server/serve_command.h"

#include "cli/context.h"
#include "server/orders_loop.h"
#include "server/supervisor.h"

namespace ew::server {
namespace {

Result<config::Config> configuration(const cli::Context& context, const cli::ServeArguments& arguments) {
  config::Config config = TRY(context.configuration());
  if (!arguments.http.empty()) config.server.http = arguments.http;
  if (!arguments.capture.empty()) config.capture.interfaces = arguments.capture;
  if (!arguments.sip.empty()) config.sip.listen = arguments.sip;
  TRY(config::check(config));
  return config;
}

}  // namespace

int serve_command(cli::Context& context, const cli::ServeArguments& arguments) {
  auto config = configuration(context, arguments);
  if (!config.ok()) return context.fail(config.error());
  Log log(context.clock, log_options(*config, "supervisor"));
  Supervisor supervisor({*config, [&] { return configuration(context, arguments); }}, context.clock, log);
  auto result = supervisor.run();
  if (!result.ok()) return context.fail(result.error());
  return *result;
}

}  // namespace ew::server
