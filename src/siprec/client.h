// Which recording client sent a message: told by its name, or by habits that are its maker's alone. A
// likeness, never proof: nothing is decided by it.
#pragma once

#include <string>
#include <string_view>

#include "sip/message.h"

namespace ew::siprec {

struct Client {
  std::string name;       // "Oracle SBC (Acme Packet)", empty: it is like none that is known
  std::string_view sign;  // what it was known by
};
// Of a request with what it carries.
Client client_of(const sip::Message& message);

}  // namespace ew::siprec
