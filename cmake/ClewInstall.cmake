# `cmake --install` gives a prefix that works wherever it stands: programs in bin; zoo/ adds its files to share/clew.
include(GNUInstallDirs)
foreach(program clew clew-run clew-opt)
  if(TARGET ${program})
    # libMLIR lies beside LLVM's own libraries, where the loader does not look.
    set_target_properties(${program} PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
    install(TARGETS ${program} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  endif()
endforeach()
install(FILES LICENSE README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
