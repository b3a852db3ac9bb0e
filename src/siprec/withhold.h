// Data minimisation (RFC 7865 section 10): metadata that local policy does not allow to be kept is
// overwritten before anything is stored or understood of it.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace ew::siprec {

// The text of a metadata document, or of a whole message that holds one, in which what stands in elements of
// these names (without prefix, compared without case) is overwritten with '-': attribute values and texts,
// those of inner elements too. The length stays the same, so that Content-Length stays right. Where such an
// element is not closed, all that follows is overwritten.
std::string withhold(std::string_view text, std::span<const std::string> elements);

}  // namespace ew::siprec
