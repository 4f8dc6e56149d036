@echo off
rem Starts Slicenorm on the first Java 25 or newer among JAVA_HOME, PATH and the usual places.
rem SLICENORM_OPTS holds options for that Java. Exit code 3: no such Java.
setlocal EnableExtensions DisableDelayedExpansion

set "JAVA="
if defined JAVA_HOME call :try "%JAVA_HOME%\bin\java.exe"
if not defined JAVA for %%j in (java.exe) do if not "%%~$PATH:j"=="" call :try "%%~$PATH:j"
for /d %%d in (
  "%ProgramFiles%\Java\*"
  "%ProgramFiles%\Eclipse Adoptium\*"
  "%ProgramFiles%\Microsoft\jdk-*"
  "%ProgramFiles%\Zulu\*"
  "%ProgramFiles%\Amazon Corretto\*"
  "%USERPROFILE%\.jdks\*"
) do if not defined JAVA call :try "%%~d\bin\java.exe"
if not defined JAVA (
  >&2 echo slicenorm: Java 25 or newer is needed and was found neither in JAVA_HOME nor on PATH nor in the usual places; install one ^(https://adoptium.net^) or set JAVA_HOME to it.
  exit /b 3
)

rem Few commands run long enough to gain by the Vector API. doctor is asked about programs that do.
set "KERNEL=-Ddev.slicenorm.kernel=scalar"
if "%~1"=="doctor" set "KERNEL=--add-modules jdk.incubator.vector"

"%JAVA%" %KERNEL% %SLICENORM_OPTS% -cp "%~dp0..\lib\*" dev.slicenorm.cli.Main %*
exit /b %ERRORLEVEL%

rem Sets JAVA to %1 if that is new enough.
:try
if not exist "%~1" exit /b
set "VERSION="
for /f "tokens=3" %%v in ('^""%~1" -version 2^>^&1 ^| findstr /c:" version "^"') do if not defined VERSION set "VERSION=%%~v"
for /f "delims=.-+ tokens=1" %%v in ("%VERSION%") do if %%v geq 25 set "JAVA=%~1"
exit /b
