// PartCollector: the keeper's thread that brings ended parts home while the recorder goes on: journal ->
// vault
// -> call log. Trouble costs nothing but delay: it tries again until it works.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>

#include "base/log.h"
#include "node/data_directory.h"
#include "server/recorder_link.h"

namespace ew::server {

class PartCollector {
 public:
  PartCollector(node::DataDirectory& data, RecorderLink& recorder, Log& log);
  ~PartCollector() { stop(); }

  void stop();
  // What the journals of all runs still hold, once the recorder has ended. After stop().
  Status finish();

 private:
  void work();
  Status round();
  Status meet();

  node::DataDirectory& data_;
  RecorderLink& recorder_;
  Log& log_;
  std::atomic<bool> stopping_ = false;
  // The thread's.
  uint64_t met_ = 0;  // of connections_
  uint64_t last_serial_ = 0;
  bool rows_late_ = false;
  std::string last_trouble_;
  std::thread thread_;
};

}  // namespace ew::server
