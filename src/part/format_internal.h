// Constants of docs/formats/part.md that the files of this module share.
#pragma once

#include <cstdint>
#include <string_view>

namespace ew::part {

constexpr std::string_view kPartMagic = "EWPART1\n", kFooterMagic = "EWPFOOT1", kEndMagic = "EWPEND1\n";
constexpr uint16_t kVersion = 1;
constexpr uint8_t kLastFlag = 1, kDestroyedFlag = 2;
constexpr std::string_view kCommitmentInfo = "earwitness part commitment v1";
constexpr std::string_view kFrameKeyInfo = "earwitness frame key v1";
constexpr std::string_view kLeafSaltInfo = "earwitness leaf salt v1";

}  // namespace ew::part
