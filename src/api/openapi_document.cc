#include "api/openapi_document.h"

// The assembler brings the file in; EW_OPENAPI_FILE is its path.
asm(R"(
    .section .rodata
    .global ew_openapi_begin
    .global ew_openapi_end
ew_openapi_begin:
    .incbin ")" EW_OPENAPI_FILE R"("
ew_openapi_end:
    .previous
)");

extern "C" const char ew_openapi_begin[], ew_openapi_end[];

namespace ew::api {

std::string_view openapi_document() {
  return {ew_openapi_begin, static_cast<size_t>(ew_openapi_end - ew_openapi_begin)};
}

}  // namespace ew::api
