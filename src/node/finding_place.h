// Where in a message the thing stands that a finding speaks of.
#pragma once

#include "sip/message.h"
#include "siprec/finding.h"

namespace ew::node {

// The number of the line, from 1; 0 where it is something that is not there, or nothing one line would show.
size_t line_of(const siprec::Finding& finding, const sip::Message& message);

}  // namespace ew::node
